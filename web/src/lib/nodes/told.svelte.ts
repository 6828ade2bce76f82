import { clock } from '#lib/live/clock.svelte.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { Asked } from '#lib/rpc/asked.svelte.ts';
import { hostOf } from './reading.ts';

/** What a node's agent has told. */
export interface Told<Item> {
  items: Item[];
  /** When, in milliseconds of the server's time. */
  at: number;
}

/**
 * Objects of a node, of which the stream does not tell: they are asked for again when the node comes or goes, and when its
 * Docker takes another amount of disk. Make it while a component is set up.
 */
export function askNode<Item>(
  node: () => string,
  ask: (node: string, signal: AbortSignal) => Promise<Item[]>
): Asked<Told<Item>> {
  // a text stays the same while nothing about it changes, and nothing is asked again
  const hint = $derived.by(() => {
    const view = fleet.nodes.get(node());
    const docker = view && hostOf(view, fleet.usage.get(node()))?.docker;
    return [view?.state, docker?.imagesBytes, docker?.volumesBytes, docker?.unusedBytes].join(' ');
  });
  return new Asked(async (signal) => {
    void [fleet.snapshots, hint];
    const items = await ask(node(), signal);
    return { items, at: clock.read() };
  });
}
