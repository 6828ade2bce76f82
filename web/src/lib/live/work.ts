import type { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import type { Fleet } from './fleet.svelte.ts';
import { isOpen } from './fleet.svelte.ts';

/** The services for which a deployment is open, each with what the oldest one does: later ones wait for it. */
export function deploying(fleet: Fleet): ReadonlyMap<string, TaskKind> {
  const open = [...fleet.deployments.values()].filter(isOpen).sort((a, b) => Number(b.sequence - a.sequence));
  return new Map(open.map((deployment) => [deployment.service, deployment.kind]));
}
