import ExternalLink from '@lucide/svelte/icons/external-link';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { serviceActions, serviceLinks } from '#lib/work/actions.ts';
import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import { portHref, portText } from './port.ts';
import type { Row } from './row.ts';

/** So many ports are offered to open. */
const PORTS = 6;

/** What may be done with a service of the list: work, more about it, and what it publishes. */
export function rowMenu(row: Row): MenuItem[] {
  const links = serviceLinks(row.name);
  const ports = row.ports.flatMap((port): MenuItem[] => {
    const href = portHref(port, fleet.nodes.get(port.node)?.address ?? '', location.hostname);
    return href ? [{ name: `Open ${portText(port)} on ${port.node}`, icon: ExternalLink, href }] : [];
  });
  return [serviceActions(row.service), links, ports.slice(0, PORTS)].flatMap((items, at) => apart(items, at > 0));
}

function apart(items: readonly MenuItem[], line: boolean): MenuItem[] {
  return items.map((item, at) => (line && at === 0 ? { ...item, apart: true } : item));
}
