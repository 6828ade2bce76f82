import Brush from '@lucide/svelte/icons/brush-cleaning';
import CirclePause from '@lucide/svelte/icons/circle-pause';
import CirclePlay from '@lucide/svelte/icons/circle-play';
import CloudOff from '@lucide/svelte/icons/cloud-off';
import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { faultOf } from '#lib/rpc/fault.ts';
import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** What the caller's role may do to a node. Where it prunes, the node's page first shows what that would remove. */
export function nodeActions(view: NodeView): MenuItem[] {
  const name = view.node?.name ?? '';
  const items: MenuItem[] = [];
  if (caller.may('PauseNode') && !view.pause) {
    items.push({ name: 'Pause', icon: CirclePause, run: () => void pause(name) });
  }
  if (caller.may('DrainNode') && !view.drain) {
    items.push({ name: 'Drain', icon: CloudOff, run: () => void drain(name) });
  }
  if (caller.may('ResumeNode') && (view.pause ?? view.drain)) {
    items.push({ name: 'Resume', icon: CirclePlay, run: () => void resume(name) });
  }
  if (caller.may('PruneNode')) items.push({ name: 'Prune', icon: Brush, href: `${nodeHref(name)}?prune` });
  return items;
}

/** Where a node is shown. */
export function nodeHref(name: string): string {
  return `/nodes/${encodeURIComponent(name)}`;
}

async function pause(name: string): Promise<void> {
  await said(async () => {
    await server.pauseNode({ name });
    notices.say('ok', `${name} is paused`, { lines: ['tasks for it wait until it is resumed'], href: nodeHref(name) });
  });
}

async function resume(name: string): Promise<void> {
  await said(async () => {
    await server.resumeNode({ name });
    notices.say('ok', `${name} takes work again`, { href: nodeHref(name) });
  });
}

async function drain(name: string): Promise<void> {
  await said(async () => {
    const { node } = await server.drainNode({ requestId: crypto.randomUUID(), node: name });
    const left = new Set(node?.containers.map((container) => container.project)).size;
    const lines = left ? [`nothing new is placed there; ${count(left, 'service')} stay until you move them`] : [];
    notices.say('ok', `${name} is drained`, { lines, href: nodeHref(name) });
  });
}

async function said(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    notices.fault(faultOf(thrown));
  }
}
