import { SvelteSet } from 'svelte/reactivity';
import { byName } from '#lib/format/name.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import type { ServiceState } from '#lib/live/state.ts';
import { deploying } from '#lib/live/work.ts';
import { InAddress } from '#lib/shell/in-address.svelte.ts';
import { counted, labelKeys, labelsOf, labelTexts, matching, narrowed } from './filter.ts';
import { grouped, sorted, type Group } from './order.ts';
import { rowOf, type Row } from './row.ts';
import { ServiceUsage } from './usage.svelte.ts';
import { COLUMNS, readView, writeView, type Column, type SortKey, type View } from './view.ts';

const CHOSEN = 'services.columns';

/** A place in the list: below several headings a service is there several times. */
export interface Place {
  group: string;
  name: string;
}

/** The list of services as it is seen: what of it, in which order, and what is chosen in it. Make it in a component. */
export class ServiceList {
  readonly #address = new InAddress<View>(
    (words) => readView(remembered(), words),
    (view) => writeView(view, localStorage.getItem(CHOSEN) !== null)
  );
  readonly usage = new ServiceUsage();
  readonly chosen = new SvelteSet<string>();
  /** Headings below which nothing is shown now. */
  readonly closed = new SvelteSet<string>();
  #from: Place | undefined;

  readonly rows = $derived.by(() => {
    const open = deploying(fleet);
    return [...fleet.services.values()].map((service) => rowOf(service, open.get(service.name)));
  });

  readonly #labels = $derived(labelsOf(fleet.nodes));
  readonly labelKeys = $derived(labelKeys(this.#labels));
  readonly #labelTexts = $derived(labelTexts(this.#labels));

  /** What the text lets through. */
  readonly #matches = $derived(matching(this.view.text, this.#labelTexts));
  readonly #found = $derived(this.#matches ? this.rows.filter(this.#matches) : this.rows);

  /** How many of what the text lets through are in each state that occurs. */
  readonly counts = $derived(counted(this.rows, this.#found));
  readonly found = $derived(this.#found.length);
  readonly changed = $derived(this.#found.filter((row) => row.changed).length);
  readonly anyChanged = $derived(this.rows.some((row) => row.changed));

  /** The names of what is shown; undefined is all, so that nothing is looked at again while nothing is filtered. */
  readonly shown = $derived.by(() => {
    const narrow = this.view.states.length > 0 || this.view.changed;
    return this.#matches || narrow ? narrowed(this.#found, this.view) : undefined;
  });

  // apart from the text, so that a key in the filter sorts and groups nothing anew
  readonly #sort = $derived(this.view.sort);
  readonly #reverse = $derived(this.view.reverse);
  readonly #group = $derived(this.view.group);

  readonly #sorted = $derived.by(() => {
    if (this.#sort === 'cpu' || this.#sort === 'memory') void this.usage.moves;
    return sorted(this.rows, this.#sort, this.#reverse, (name) => this.usage.now.get(name));
  });

  readonly groups: readonly Group[] = $derived(grouped(this.#sorted, this.#group, this.#labels));

  /** What is shown, from top to bottom. */
  readonly places: readonly Place[] = $derived(
    this.groups.flatMap((group) =>
      this.closed.has(group.key)
        ? []
        : group.rows.flatMap(({ name }) => (this.#isShown(name) ? [{ group: group.key, name }] : []))
    )
  );

  /** Those that are chosen and still there. */
  readonly picked = $derived([...this.chosen].filter((name) => fleet.services.has(name)).sort(byName));

  /** Whether all that is shown is chosen, or some of it. */
  readonly all = $derived(this.places.length > 0 && this.places.every((place) => this.chosen.has(place.name)));

  get view(): View {
    return this.#address.view;
  }

  set(change: Partial<View>): void {
    this.#address.view = { ...this.view, ...change };
  }

  /** Show those in a state too, or no longer. */
  toggleState(state: ServiceState): void {
    const { states } = this.view;
    this.set({ states: states.includes(state) ? states.filter((one) => one !== state) : [...states, state] });
  }

  /** Sort by a column; the other way round when it is sorted by that already. */
  sortBy(sort: SortKey): void {
    this.set({ sort, reverse: this.view.sort === sort && !this.view.reverse });
  }

  /** Show a column, or no longer; remembered in this browser. */
  toggleColumn(id: Column): void {
    const { columns: before } = this.view;
    const columns = COLUMNS.map((column) => column.id).filter((one) => before.includes(one) !== (one === id));
    this.set({ columns });
    localStorage.setItem(CHOSEN, columns.join(','));
  }

  clear(): void {
    this.set({ text: '', states: [], changed: false });
  }

  /** Choose the service of a place, or no longer; with `range` all between it and the place pressed before. */
  choose(place: Place, range = false): void {
    const on = range || !this.chosen.has(place.name);
    const from = range ? this.#at(this.#from) : -1;
    const to = this.#at(place);
    const hit = from >= 0 && to >= 0 ? this.places.slice(Math.min(from, to), Math.max(from, to) + 1) : [place];
    for (const { name } of hit) {
      if (on) this.chosen.add(name);
      else this.chosen.delete(name);
    }
    this.#from = place;
  }

  /** Choose all that is shown; nothing when all of it is chosen. */
  chooseAll(): void {
    if (this.all) this.chosen.clear();
    else for (const place of this.places) this.chosen.add(place.name);
  }

  row(name: string): Row | undefined {
    return this.rows.find((row) => row.name === name);
  }

  #at(place: Place | undefined): number {
    return this.places.findIndex((one) => one.name === place?.name && one.group === place.group);
  }

  #isShown(name: string): boolean {
    return this.shown?.has(name) ?? true;
  }
}

function remembered(): readonly string[] {
  return localStorage.getItem(CHOSEN)?.split(',') ?? COLUMNS.map((column) => column.id);
}
