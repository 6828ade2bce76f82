import type { InstanceStatus, ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';

/** The instances on a node, by service. */
export function instancesOn(services: Iterable<ServiceStatus>, node: string): InstanceStatus[] {
  const found: InstanceStatus[] = [];
  for (const service of services) found.push(...service.instances.filter((instance) => instance.node === node));
  return found.sort((a, b) => (a.service < b.service ? -1 : 1));
}
