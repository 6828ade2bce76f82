import Boxes from '@lucide/svelte/icons/boxes';
import GitBranch from '@lucide/svelte/icons/git-branch';
import ListChecks from '@lucide/svelte/icons/list-checks';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Server from '@lucide/svelte/icons/server';
import Settings from '@lucide/svelte/icons/settings';
import { caller } from '#lib/rpc/caller.svelte.ts';

/** The places of the page: where they are, and the key that goes there after `g`. */
export const PLACES = [
  { name: 'Services', href: '/services', key: 's', icon: Boxes },
  { name: 'Nodes', href: '/nodes', key: 'n', icon: Server },
  { name: 'Tasks', href: '/tasks', key: 't', icon: ListChecks },
  { name: 'Logs', href: '/logs', key: 'l', icon: ScrollText },
  { name: 'Repository', href: '/repository', key: 'r', icon: GitBranch },
  { name: 'Settings', href: '/settings', key: 'e', icon: Settings }
] as const;

/** The parts of the settings that the caller's role may see. */
export function settingsParts(): { name: string; href: string }[] {
  return [
    { name: 'Account', href: '/settings' },
    ...(caller.may('ListTokens') ? [{ name: 'Tokens', href: '/settings/tokens' }] : []),
    ...(caller.may('ListUsers') ? [{ name: 'Users', href: '/settings/users' }] : []),
    { name: 'Sessions', href: '/settings/sessions' },
    { name: 'Plugins', href: '/settings/plugins' },
    { name: 'Schedules', href: '/settings/schedules' },
    { name: 'Health', href: '/settings/health' }
  ];
}
