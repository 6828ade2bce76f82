import { untrack } from 'svelte';
import { matching } from '#lib/format/matching.ts';
import { clock } from '#lib/live/clock.svelte.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { InAddress } from '#lib/shell/in-address.svelte.ts';
import { counted, lineOf, measured, sorted, type Line } from './lines.ts';
import { lastSeen } from './seen.ts';
import { readView, writeView, type SortKey, type StateWord, type View } from './view.ts';

/** What is sorted by what changes all the time moves so often. */
const MOVE_MS = 5_000;

/** The list of nodes as it is seen: what of it, and in which order. Make it while a component is set up. */
export class NodeList {
  readonly address = new InAddress<View>(readView, writeView);
  readonly lines: readonly Line[] = $derived([...fleet.nodes.values()].map(lineOf));

  readonly #matches = $derived(matching(this.view.text));
  readonly #found = $derived(this.lines.filter((line) => this.#matches?.(line.text) ?? true));

  /** How many of what the text lets through are in each state that occurs. */
  readonly counts = $derived(counted(this.lines, this.#found));
  readonly found = $derived(this.#found.length);

  readonly #turn = $derived(Math.floor(clock.now / MOVE_MS));
  readonly #measures = $derived.by(() => {
    void [fleet.snapshots, this.#turn];
    return untrack(() => measured(fleet.nodes, fleet.usage, (view) => clock.now - lastSeen(view, clock.now)));
  });

  /** What is shown, from top to bottom. */
  readonly shown: readonly Line[] = $derived.by(() => {
    const words: readonly string[] = this.view.states;
    const lines = words.length ? this.#found.filter((line) => words.includes(line.shown.word)) : this.#found;
    return sorted(lines, this.view, this.#measures);
  });

  get view(): View {
    return this.address.view;
  }

  set(change: Partial<View>): void {
    this.address.view = { ...this.view, ...change };
  }

  /** Show those in a state too, or no longer. */
  toggleState(state: StateWord): void {
    const { states } = this.view;
    this.set({ states: states.includes(state) ? states.filter((one) => one !== state) : [...states, state] });
  }

  /** Sort by a column; the other way round when it is sorted by that already. */
  sortBy(sort: SortKey): void {
    this.set({ sort, reverse: this.view.sort === sort && !this.view.reverse });
  }

  clear(): void {
    this.set({ text: '', states: [] });
  }
}
