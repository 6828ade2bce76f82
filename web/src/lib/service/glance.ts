import type { InstanceStatus, ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { fileHref } from '#lib/files/address.ts';
import { byName } from '#lib/format/name.ts';
import { count } from '#lib/format/quantity.ts';

/** Each text once, in the order in which they come. */
export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter(Boolean);
}

/** How far an instance is behind Git, in words; empty when it is not, or when nothing was deployed. */
export function lagOf(instance: InstanceStatus): string {
  if (!instance.revision || instance.orphaned) return '';
  if (instance.behind) return `${count(instance.behind, 'commit')} behind`;
  if (!instance.changed) return '';
  // its files are those of the head: it is the last deploy that did not end well
  return instance.behind === 0 ? 'last deploy failed' : 'changed in Git';
}

/** Where it is shown what an instance lacks. */
export function lagHref(instance: InstanceStatus): string {
  if (instance.behind === 0) return `/services/${encodeURIComponent(instance.service)}/deployments`;
  return fileHref(instance.service, { against: instance.revision });
}

/** The revision of the instance that is the furthest behind, and how far. */
export function furthestBehind(service: ServiceStatus): { revision: string; lag: string; href: string } {
  const sorted = service.instances
    .filter((one) => one.revision && (!one.orphaned || service.instances.every((other) => other.orphaned)))
    .sort((a, b) => (b.behind ?? 0) - (a.behind ?? 0) || Number(b.changed) - Number(a.changed));
  const [first] = sorted;
  if (!first) return { revision: '', lag: '', href: '' };
  return { revision: first.revision, lag: lagOf(first), href: lagHref(first) };
}

/** The instances as they are listed: by node, those that are no longer wanted last. */
export function inOrder(instances: readonly InstanceStatus[]): InstanceStatus[] {
  return [...instances].sort((a, b) => Number(a.orphaned) - Number(b.orphaned) || byName(a.node, b.node));
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
