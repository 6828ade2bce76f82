import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { HostUsage } from '#lib/gen/composia/v1/usage_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { networkRate } from './reading.ts';

/** What goes over each node's network, in bytes a second, from one reading to the next. Make it while a component is set up. */
export class NetworkRates {
  readonly now = new SvelteMap<string, { received: number; sent: number }>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what was read before is no news to anybody
  readonly #before = new Map<string, { host: HostUsage; at: number }>();

  constructor() {
    $effect(() => {
      for (const [node, usage] of fleet.usage) {
        const host = usage.host;
        if (host) untrack(() => this.#take(node, host, Date.now()));
      }
    });
  }

  #take(node: string, host: HostUsage, at: number): void {
    const before = this.#before.get(node);
    if (before?.host === host) return;
    this.#before.set(node, { host, at });
    const rate = before && networkRate(before.host, host, at - before.at);
    if (rate) this.now.set(node, rate);
    else this.now.delete(node);
  }
}
