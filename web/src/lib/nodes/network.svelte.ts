import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { HostUsage } from '#lib/gen/composia/v1/usage_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { readingAfter, type NetworkRate, type NetworkReading } from './network.ts';

/** What goes over each node's network, from one reading to the next. Make it while a component is set up. */
export class NetworkRates {
  readonly now = new SvelteMap<string, NetworkRate>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what was read before is no news to anybody
  readonly #last = new Map<string, NetworkReading>();

  constructor() {
    $effect(() => {
      for (const [node, usage] of fleet.usage) {
        const host = usage.host;
        if (host) untrack(() => this.#take(node, host));
      }
    });
  }

  #take(node: string, host: HostUsage): void {
    const before = this.#last.get(node);
    const last = readingAfter(before, host);
    if (last === before) return;
    this.#last.set(node, last);
    if (last.rate) this.now.set(node, last.rate);
    else this.now.delete(node);
  }
}
