import Construction from '@lucide/svelte/icons/construction';
import Pause from '@lucide/svelte/icons/pause';
import Play from '@lucide/svelte/icons/play';
import Trash from '@lucide/svelte/icons/trash-2';
import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { asking } from '#lib/work/asking.svelte.ts';
import { attempt } from '#lib/work/attempt.ts';

/** What the caller's role may do to a node. */
export function nodeActions(view: NodeView): MenuItem[] {
  const name = view.node?.name ?? '';
  const items: MenuItem[] = [];
  const held = view.drain ?? view.pause;
  if (caller.may('DrainNode') && !view.drain) {
    items.push({ name: 'Drain', icon: Construction, run: () => asking.ask({ what: 'drain', node: name }) });
  }
  if (caller.may('PauseNode') && !view.pause) items.push({ name: 'Pause', icon: Pause, run: () => void pause(name) });
  if (caller.may('ResumeNode') && held) items.push({ name: 'Resume', icon: Play, run: () => void resume(name) });
  if (caller.may('PruneNode')) {
    items.push({ name: 'Prune', icon: Trash, danger: true, run: () => asking.ask({ what: 'prune', node: name }) });
  }
  return items;
}

/** Let no task begin on a node. */
async function pause(name: string): Promise<void> {
  await attempt(`pause ${name}`, async () => {
    await server.pauseNode({ name });
    notices.say('ok', `${name} is paused`, { lines: ['No task begins there; what runs goes on.'] });
  });
}

/** Let services be placed on a node again, and tasks begin there. */
async function resume(name: string): Promise<void> {
  await attempt(`resume ${name}`, async () => {
    await server.resumeNode({ name });
    notices.say('ok', `${name} takes work again`);
  });
}

/** Place nothing new on a node, and move away what may move; what goes wrong is for the caller to say. */
export async function drain(request: { node: string; move: boolean; requestId: string }): Promise<void> {
  const { started } = await server.drainNode(request);
  const moves = started?.deployments.length ?? 0;
  const stays = (started?.skipped ?? []).map((one) => `${one.service} is left alone: ${one.reason}`);
  notices.say(
    stays.length ? 'warn' : 'ok',
    `${request.node} is drained${moves ? `; moving ${count(moves, 'service')}` : ''}`,
    { lines: stays.slice(0, 6), href: moves ? '/tasks' : '' }
  );
}
