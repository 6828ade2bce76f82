import type { InstanceStatus, ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { count } from '#lib/format/quantity.ts';

/** Each text once, in the order in which they come. */
export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter(Boolean);
}

/** How far an instance is behind Git, in words; empty when it is not, or when nothing was deployed. */
export function lagOf(instance: InstanceStatus): string {
  if (!instance.revision || instance.orphaned) return '';
  if (instance.behind) return `${count(instance.behind, 'commit')} behind`;
  return instance.changed ? 'changed in Git' : '';
}

/** The revision of the instance that is the furthest behind, and how far. */
export function furthestBehind(service: ServiceStatus): { revision: string; lag: string } {
  const sorted = service.instances
    .filter((one) => one.revision && (!one.orphaned || service.instances.every((other) => other.orphaned)))
    .sort((a, b) => (b.behind ?? 0) - (a.behind ?? 0) || Number(b.changed) - Number(a.changed));
  const [first] = sorted;
  return first ? { revision: first.revision, lag: lagOf(first) } : { revision: '', lag: '' };
}

/** The instances as they are listed: by node, those that are no longer wanted last. */
export function inOrder(instances: readonly InstanceStatus[]): InstanceStatus[] {
  return [...instances].sort(
    (a, b) => Number(a.orphaned) - Number(b.orphaned) || a.node.localeCompare(b.node, 'en', { numeric: true })
  );
}

/** The revisions that run, each with the nodes where it does. */
export function runningAt(service: ServiceStatus): Map<string, string> {
  const found = new Map<string, string>();
  for (const { node, revision } of inOrder(service.instances)) {
    if (!revision) continue;
    const nodes = found.get(revision);
    found.set(revision, nodes ? `${nodes}, ${node}` : node);
  }
  return found;
}
