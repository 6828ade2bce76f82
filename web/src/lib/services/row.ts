import { ContainerHealth, ContainerState, type Container } from '#lib/gen/composia/v1/container_pb.ts';
import { InstanceState, type InstanceStatus, type ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { serviceReason, serviceState, type ServiceState, type Shown } from '#lib/live/state.ts';
import { shownWith } from '#lib/work/shown.ts';
import { distinctPorts, portText, type PublishedPort } from './port.ts';

/** What is remarkable about a service beside its state, in words. */
export interface Remark {
  what: 'edited' | 'orphaned' | 'stopped' | 'problems';
  text: string;
}

/** A service as a line of the list. */
export interface Row {
  name: string;
  service: ServiceStatus;
  state: ServiceState;
  shown: Shown;
  reason: string;
  nodes: readonly string[];
  /** So many of its containers do what they should, `of` so many. */
  up: number;
  of: number;
  images: readonly string[];
  ports: readonly PublishedPort[];
  /** Of its last release, of the instance that is the furthest behind. */
  revision: string;
  /** How many commits its files are behind; 0 when they are not, or when it is not known by how many. */
  behind: number;
  /** Git holds other files than those that run, or nothing of it runs yet. */
  changed: boolean;
  remarks: readonly Remark[];
  /** What the text filter looks at, in small letters; beside that at `revision`. */
  text: string;
}

/** By what is done to the service. */
const lines = new Map<TaskKind, WeakMap<ServiceStatus, Row>>();

/**
 * The line of a service, to which this is done now; the same service gives the same line, so that what has not changed is not
 * drawn again.
 */
export function rowOf(service: ServiceStatus, doing = TaskKind.UNSPECIFIED): Row {
  let known = lines.get(doing);
  if (!known) lines.set(doing, (known = new WeakMap()));
  let row = known.get(service);
  if (!row) known.set(service, (row = made(service, doing)));
  return row;
}

/** Whether Git holds other files of a service than those that run, or nothing of it runs yet, where it is wanted. */
export function hasChanged({ instances }: ServiceStatus): boolean {
  return instances.some((instance) => instance.changed && !instance.orphaned);
}

function made(service: ServiceStatus, doing: TaskKind): Row {
  const { name, instances } = service;
  const state = serviceState(service, doing !== TaskKind.UNSPECIFIED);
  const shown = shownWith(state, doing);
  const reason = serviceReason(service);
  const nodes = instances.map((instance) => instance.node);
  const images = [...new Set(instances.flatMap((instance) => instance.containers.map((container) => container.image)))];
  const published = ports(instances);
  const remarkable = remarks(service);
  // what is only left on a node stays behind for ever
  const wanted = instances.filter((one) => !one.orphaned);
  const latest = [...(wanted.length ? wanted : instances)]
    .filter((one) => one.revision)
    .sort((a, b) => (b.behind ?? 0) - (a.behind ?? 0))[0];
  return {
    name,
    service,
    state,
    shown,
    reason,
    nodes,
    ...containers(instances),
    images,
    ports: published,
    revision: latest?.revision ?? '',
    behind: wanted.length ? (latest?.behind ?? 0) : 0,
    changed: hasChanged(service),
    remarks: remarkable,
    text: [
      ...[name, shown.word, reason, ...nodes, ...images],
      ...published.map(portText),
      ...remarkable.map((remark) => remark.text)
    ]
      .join('\n')
      .toLowerCase()
  };
}

function containers(instances: readonly InstanceStatus[]): { up: number; of: number } {
  const all = instances.flatMap(({ state, containers }) =>
    containers.filter((container) => state !== InstanceState.RUNNING || !isDone(container))
  );
  const missing = instances.reduce((sum, instance) => sum + instance.missing, 0);
  return { up: all.filter(isUp).length, of: all.length + missing };
}

/** It was to run once, and has. */
function isDone(container: Container): boolean {
  return container.state === ContainerState.EXITED && container.exitCode === 0n;
}

function isUp(container: Container): boolean {
  return container.state === ContainerState.RUNNING && container.health !== ContainerHealth.UNHEALTHY;
}

function ports(instances: readonly InstanceStatus[]): PublishedPort[] {
  const all = instances.flatMap(({ node, containers }) =>
    containers.flatMap((container) =>
      container.ports.map(({ number, protocol, address }) => ({ node, number, protocol, address }))
    )
  );
  return distinctPorts(all);
}

function remarks(service: ServiceStatus): Remark[] {
  const found: Remark[] = [];
  const edited = service.instances.filter((instance) => instance.edited.length);
  if (edited.length) {
    const files = edited.flatMap((one) => one.edited.map((path) => `${one.node}: ${path}`));
    found.push({ what: 'edited', text: `edited on the host: ${files.join(', ')}` });
  }
  const orphaned = service.instances.filter((instance) => instance.orphaned).map((instance) => instance.node);
  if (orphaned.length) found.push({ what: 'orphaned', text: `no longer wanted on ${orphaned.join(', ')}` });
  const stopped = service.instances.filter((instance) => instance.stopped).map((instance) => instance.node);
  if (stopped.length) found.push({ what: 'stopped', text: `stopped by a person on ${stopped.join(', ')}` });
  const { problems } = service;
  if (problems.length) {
    found.push({
      what: 'problems',
      text: `${count(problems.length, 'problem')} in its files: ${problems[0]?.message}`
    });
  }
  return found;
}

/** How far a service is behind Git, in words; empty when it is not. */
export function lag(row: Row): string {
  if (row.behind) return `${count(row.behind, 'commit')} behind`;
  if (!row.changed) return '';
  return row.revision ? 'changed' : 'not deployed';
}
