import { ContainerState } from '#lib/gen/composia/v1/container_pb.ts';
import type { ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';

/** How many containers of services a node has, and how many of them run. */
export interface ContainerCount {
  all: number;
  running: number;
}

/** The containers of services, counted by node. */
export function containersByNode(services: Iterable<ServiceStatus>): ReadonlyMap<string, ContainerCount> {
  const found = new Map<string, ContainerCount>();
  for (const service of services) {
    for (const { node, containers } of service.instances) {
      const before = found.get(node) ?? { all: 0, running: 0 };
      const running = containers.filter((container) => container.state === ContainerState.RUNNING).length;
      found.set(node, { all: before.all + containers.length, running: before.running + running });
    }
  }
  return found;
}
