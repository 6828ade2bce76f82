import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import type { ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import type { NodeUsage } from '#lib/gen/composia/v1/usage_pb.ts';
import { containersNow, fresh } from '#lib/nodes/reading.ts';

/** Whose each container of a node is, by its name. */
export function ownersOn(node: string, services: Iterable<ServiceStatus>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const service of services) {
    for (const instance of service.instances) {
      if (instance.node !== node) continue;
      for (const container of instance.containers) found.set(container.name, service.name);
    }
  }
  return found;
}

/** The last readings of the nodes that can be reached, by node, but for those whose containers were read too long ago. */
export function freshUsage(
  nodes: ReadonlyMap<string, NodeView>,
  usage: ReadonlyMap<string, NodeUsage>
): ReadonlyMap<string, NodeUsage> {
  const found = new Map<string, NodeUsage>();
  for (const [name, view] of nodes) {
    const last = fresh(view, usage.get(name));
    if (last && containersNow(last)) found.set(name, last);
  }
  return found;
}
