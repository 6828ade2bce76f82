import History from '@lucide/svelte/icons/history';
import Keyboard from '@lucide/svelte/icons/keyboard';
import LogOut from '@lucide/svelte/icons/log-out';
import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Plus from '@lucide/svelte/icons/plus';
import RefreshCw from '@lucide/svelte/icons/refresh-cw';
import Rocket from '@lucide/svelte/icons/rocket';
import Settings from '@lucide/svelte/icons/settings';
import Sun from '@lucide/svelte/icons/sun';
import { count } from '#lib/format/quantity.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { hasChanged } from '#lib/services/row.ts';
import { keys } from '#lib/shell/keys.svelte.ts';
import { PLACES, settingsParts } from '#lib/shell/places.ts';
import { signOut } from '#lib/shell/sign-out.ts';
import { theme } from '#lib/shell/theme.svelte.ts';
import { notDeployable } from '#lib/work/actions.ts';
import { asking } from '#lib/work/asking.svelte.ts';
import { syncRepository } from '#lib/work/sync.ts';
import type { Entry } from './entry.ts';

/** What is offered whatever there is in the fleet: the places, and what is done to all of it or to the page. */
export function generalEntries(): Entry[] {
  const places = PLACES.map((place): Entry => ({
    ...go(place.href, place.name, `g ${place.key}`),
    icon: place.icon,
    words: 'go to'
  }));
  const settings = settingsParts().map((part): Entry => ({
    ...go(part.href, part.name, 'Settings'),
    icon: Settings,
    words: 'go to settings'
  }));
  const deployments = { ...go('/deployments', 'Deployments', 'Tasks'), icon: History, words: 'go to' };
  return [...places, deployments, ...doings(), ...settings];
}

function doings(): Entry[] {
  const entries: Entry[] = [];
  const changed = [...fleet.services.values()]
    .filter((service) => !notDeployable(service) && hasChanged(service))
    .map((service) => service.name);
  if (caller.may('Deploy') && changed.length) {
    const beside = count(changed.length, 'service');
    entries.push(act('deploy-changed', 'Deploy all that has changed', Rocket, () => asking.deploy(changed), beside));
  }
  if (caller.may('SyncRepository')) {
    entries.push(
      act(
        'sync',
        'Sync the repository',
        RefreshCw,
        () => void syncRepository(),
        fleet.repository?.branch,
        'git pull fetch'
      )
    );
  }
  if (caller.may('CreateJoinToken')) {
    entries.push({ ...go('/nodes?add', 'Add a node', 'Nodes'), kind: 'Do', icon: Plus, words: 'join new agent host' });
  }
  if (caller.may('CreateUser')) {
    entries.push({
      ...go('/settings/users?add', 'Add a user', 'Settings'),
      kind: 'Do',
      icon: Plus,
      words: 'new password'
    });
  }
  if (caller.may('CreateToken')) {
    entries.push({
      ...go('/settings/tokens?add', 'New API token', 'Settings'),
      kind: 'Do',
      icon: Plus,
      words: 'create'
    });
  }
  entries.push(
    act('theme-dark', 'Theme: dark', Moon, () => theme.choose('dark'), chosen('dark'), 'change colours'),
    act('theme-light', 'Theme: light', Sun, () => theme.choose('light'), chosen('light'), 'change colours'),
    act(
      'theme-system',
      'Theme: as the system',
      Monitor,
      () => theme.choose('system'),
      chosen('system'),
      'change colours'
    ),
    act('keys', 'Show the keys', Keyboard, () => keys.run('?'), '?', 'help shortcuts'),
    act('sign-out', 'Sign out', LogOut, () => void signOut(), caller.who?.id, 'log out leave')
  );
  return entries;
}

function chosen(choice: typeof theme.choice): string {
  return theme.choice === choice ? 'chosen' : '';
}

function go(href: string, name: string, beside: string): Entry {
  return { id: `go ${href} ${name}`, kind: 'Go to', name, beside, words: '', href };
}

function act(
  id: string,
  name: string,
  icon: NonNullable<Entry['icon']>,
  run: () => void,
  beside = '',
  words = ''
): Entry {
  return { id: `do ${id}`, kind: 'Do', name, beside, words, icon, run };
}
