import type { Fleet } from './fleet.svelte.ts';
import { isOpen } from './fleet.svelte.ts';

/** The names of the services for which a deployment is open. */
export function deploying(fleet: Fleet): Set<string> {
  const names = new Set<string>();
  for (const deployment of fleet.deployments.values()) if (isOpen(deployment)) names.add(deployment.service);
  return names;
}
