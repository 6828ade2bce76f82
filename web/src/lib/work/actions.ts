import FileCode from '@lucide/svelte/icons/file-code';
import History from '@lucide/svelte/icons/history';
import Activity from '@lucide/svelte/icons/activity';
import Play from '@lucide/svelte/icons/play';
import Rocket from '@lucide/svelte/icons/rocket';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Square from '@lucide/svelte/icons/square';
import Trash from '@lucide/svelte/icons/trash';
import { Severity } from '#lib/gen/composia/v1/problem_pb.ts';
import { Wanted } from '#lib/gen/composia/v1/service_pb.ts';
import { InstanceState, type ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import type { Operation } from './act.ts';
import { asking } from './asking.svelte.ts';
import { VERBS } from './verbs.ts';

interface OfferedOperation {
  kind: Operation;
  icon: NonNullable<MenuItem['icon']>;
  danger: boolean;
  /** What asks for it on the service's page. */
  key: string;
}

/** The operations beside a deploy, in the order in which they are offered. */
export const OPERATIONS: readonly OfferedOperation[] = [
  { kind: TaskKind.START, icon: Play, danger: false, key: 's' },
  { kind: TaskKind.RESTART, icon: RotateCw, danger: false, key: 'r' },
  { kind: TaskKind.STOP, icon: Square, danger: false, key: 'S' },
  { kind: TaskKind.DOWN, icon: Trash, danger: true, key: 'D' }
];

/** What the caller's role may do to a service, on these nodes or on all; what is not possible now says why. */
export function serviceActions(service: ServiceStatus, nodes: readonly string[] = []): MenuItem[] {
  const items: MenuItem[] = [];
  if (caller.may('Deploy')) {
    const run = () => asking.deploy([service.name], nodes);
    items.push(possible({ name: VERBS[TaskKind.DEPLOY].verb, icon: Rocket, run }, notDeployable(service)));
  }
  if (caller.may('Operate')) {
    for (const { kind, icon, danger } of OPERATIONS) {
      const run = () => asking.operate(kind, [service.name], nodes);
      items.push(possible({ name: VERBS[kind].verb, icon, run, danger }, notOperable(service, kind, nodes)));
    }
  }
  return items;
}

/** Where there is more about a service. */
export function serviceLinks(name: string): MenuItem[] {
  const path = `/services/${encodeURIComponent(name)}`;
  return [
    ...(caller.may('ReadLogs') ? [{ name: 'Logs', icon: ScrollText, href: `${path}/logs` }] : []),
    { name: 'Stats', icon: Activity, href: `${path}/stats` },
    { name: 'Files', icon: FileCode, href: `${path}/files` },
    { name: 'Deployments', icon: History, href: `${path}/deployments` }
  ];
}

/** Why a service cannot be deployed; empty when it can. */
export function notDeployable(service: ServiceStatus): string {
  if (service.wanted === Wanted.REMOVED) return 'it is no longer in the repository';
  if (service.wanted === Wanted.DISABLED) return 'it is disabled in the repository';
  const wrong = service.problems.find((problem) => problem.severity === Severity.ERROR);
  return wrong ? `its files have an error: ${wrong.message}` : '';
}

/** Why an operation on a service, on these nodes or on all, would do nothing; empty when it would. */
export function notOperable(service: ServiceStatus, kind: Operation, nodes: readonly string[] = []): string {
  const there = service.instances.filter(
    (instance) => instance.revision && (!nodes.length || nodes.includes(instance.node))
  );
  if (!there.length) return 'it was never deployed';
  const states = there.map((instance) => instance.state);
  if (kind === TaskKind.STOP && there.every((one) => one.stopped && one.state === InstanceState.STOPPED)) {
    return 'it is stopped';
  }
  if (kind === TaskKind.START && states.every((state) => state === InstanceState.RUNNING)) return 'it is running';
  return '';
}

function possible(item: MenuItem, not: string): MenuItem {
  return not ? { ...item, not } : item;
}
