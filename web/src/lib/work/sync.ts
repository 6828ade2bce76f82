import { short } from '#lib/format/name.ts';
import { server } from '#lib/rpc/client.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { attempt } from './attempt.ts';

/** Have the server ask the repository for news, and say what came of it. */
export async function syncRepository(): Promise<void> {
  await attempt('sync', async () => {
    const state = await server.syncRepository({});
    if (state.error)
      notices.say('bad', 'The repository could not be read', { lines: [state.error], href: '/repository' });
    else notices.say('ok', `The repository is at ${short(state.head)}`, { href: '/repository' });
  });
}
