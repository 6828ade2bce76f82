import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import { NodeState } from '#lib/gen/composia/v1/node_pb.ts';
import type { ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { shownInstance, type Shown } from '#lib/live/state.ts';

/** An instance that an operation touches. */
export interface Hit {
  service: string;
  node: string;
  state: Shown;
  /** How many containers it has, running or not. */
  containers: number;
  /** Its Compose project; empty where no container tells. */
  project: string;
  /** Whether its node can be reached; else the task waits for it. */
  reached: boolean;
}

/** What there is of the fleet to look at. */
interface Picture {
  services: ReadonlyMap<string, ServiceStatus>;
  nodes: ReadonlyMap<string, NodeView>;
}

/** The instances that an operation on these services touches: those that were ever deployed, on `nodes`, or on all without any. */
export function hits(picture: Picture, services: readonly string[], nodes: readonly string[] = []): Hit[] {
  return services
    .flatMap((name) => picture.services.get(name)?.instances ?? [])
    .filter((instance) => instance.revision && (!nodes.length || nodes.includes(instance.node)))
    .map((instance) => ({
      service: instance.service,
      node: instance.node,
      state: shownInstance(instance.state),
      containers: instance.containers.length,
      project: instance.containers.find((container) => container.project)?.project ?? '',
      reached: picture.nodes.get(instance.node)?.state === NodeState.ONLINE
    }));
}

/** What a person types before data is removed: the name of the one service, or how many there are. */
export function pledge(services: readonly string[]): string {
  return services.length === 1 ? (services[0] ?? '') : String(services.length);
}

/** Whether that was typed; where nothing is `asked` for, whatever was typed before matters to nobody. */
export function isPledged(asked: string, typed: string): boolean {
  return asked === '' || typed.trim() === asked;
}
