import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { clock } from '#lib/live/clock.svelte.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { watch } from '#lib/live/watch.svelte.ts';
import { Asked } from '#lib/rpc/asked.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { freshUsage, ownersOn } from './owners.ts';
import { Hour, type Reading } from './reading.ts';
import { CPU, MEMORY, Uses, type Lines } from './uses.ts';

/** What is sorted by use moves so often at most. */
const MOVE_MS = 5_000;

/** What services use: now, from the stream, and over the last hour, first from the server's history. Make it in a component. */
export class ServiceUsage {
  readonly now = new SvelteMap<string, Reading>();
  readonly lines = new SvelteMap<string, Lines>();
  /** Counts slowly, for who sorts by what is used. */
  moves = $state(0);
  #movedMs = 0;
  readonly #uses = new Uses();

  constructor() {
    const history = new Asked((signal) => {
      // each time that the link is live again: nobody has told what was used while the tab rested
      if (!fleet.snapshots || watch.link !== 'live') return undefined;
      return server.queryUsage(
        { byService: true, metrics: [CPU, MEMORY], sinceS: 3600, points: Hour.LENGTH / 2 },
        { signal }
      );
    });
    $effect(() => {
      const series = history.answer?.series ?? [];
      untrack(() => this.#draw(this.#uses.remember(series), clock.read()));
    });
    // before rows are drawn, so that they are not drawn twice
    $effect.pre(() => {
      const fresh = freshUsage(fleet.nodes, fleet.usage);
      untrack(() => {
        const at = clock.read();
        const touched = this.#uses.take(fresh, (node) => ownersOn(node, fleet.services.values()), at);
        this.#show(touched, at);
        this.#draw(touched, at);
      });
    });
  }

  #show(names: ReadonlySet<string>, at: number): void {
    for (const name of names) {
      const sum = this.#uses.now(name);
      if (sum) this.now.set(name, sum);
      else this.now.delete(name);
    }
    if (!names.size || at - this.#movedMs < MOVE_MS) return;
    this.#movedMs = at;
    this.moves += 1;
  }

  #draw(names: ReadonlySet<string>, at: number): void {
    for (const name of names) {
      const lines = this.#uses.lines(name, at);
      if (lines) this.lines.set(name, lines);
    }
  }
}
