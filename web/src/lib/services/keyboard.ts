import { goto } from '$app/navigation';
import type { Key } from '#lib/shell/keys.svelte.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { asking } from '#lib/work/asking.svelte.ts';
import { notDeployable } from '#lib/work/actions.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import type { Place, ServiceList } from './list.svelte.ts';

/** The keys of the list. The focus is the place in it, so that Enter, Tab and screen readers know it too. */
export class ListKeys {
  #last = 0;

  constructor(
    private readonly list: ServiceList,
    private readonly element: () => HTMLElement | undefined,
    private readonly field: () => { focus(): void } | undefined
  ) {}

  /** What there is to press. */
  keys(): Key[] {
    const on = (act: (place: Place) => void) => () => {
      const { name, group } = this.#here()?.dataset ?? {};
      if (name !== undefined && group !== undefined) act({ name, group });
    };
    return [
      { keys: '/', does: 'Filter', run: () => this.field()?.focus() },
      { keys: 'j', does: 'Down', run: () => this.move(1) },
      { keys: 'k', does: 'Up', run: () => this.move(-1) },
      { keys: 'ArrowDown', does: 'Down', run: () => this.move(1) },
      { keys: 'ArrowUp', does: 'Up', run: () => this.move(-1) },
      { keys: 'Enter', does: 'Open the service' },
      { keys: 'x', does: 'Choose the service, or no longer', run: on((one) => this.list.choose(one)) },
      { keys: 'X', does: 'Choose all from the last one to here', run: on((one) => this.list.choose(one, true)) },
      { keys: 'a', does: 'Choose all that are shown, or none', run: () => this.list.chooseAll() },
      { keys: 'Escape', does: 'Choose none', run: () => this.list.chosen.clear() },
      ...(caller.may('Deploy')
        ? [{ keys: 'd', does: 'Deploy what is chosen, or the service', run: () => this.deploy() }]
        : []),
      ...(caller.may('ReadLogs')
        ? [{ keys: 'l', does: 'Logs', run: on(({ name }) => void goto(`/services/${encodeURIComponent(name)}/logs`)) }]
        : []),
      {
        keys: '.',
        does: 'What can be done with the service',
        run: () => this.#here()?.querySelector<HTMLElement>('[data-menu]')?.click()
      }
    ];
  }

  /** Go so many lines down; from nowhere to the line where the focus was last, or to the first. */
  move(by: number): void {
    const { places } = this.list;
    if (!places.length) return;
    const here = this.#here()?.dataset;
    const at = places.findIndex((place) => place.name === here?.name && place.group === here.group);
    this.#last = Math.max(0, Math.min(places.length - 1, at < 0 ? this.#last : at + by));
    this.#focus(this.#last);
  }

  /** Go to the first line. */
  first(): void {
    this.#focus(0);
  }

  deploy(): void {
    if (this.list.picked.length) {
      asking.deploy(this.list.picked);
      return;
    }
    const row = this.list.row(this.#here()?.dataset.name ?? '');
    if (!row) return;
    const not = notDeployable(row.service);
    if (not) notices.say('off', `${row.name} is not deployed`, { lines: [not] });
    else asking.deploy([row.name]);
  }

  #here(): HTMLElement | undefined {
    return document.activeElement?.closest<HTMLElement>('[data-name][role="row"]') ?? undefined;
  }

  #focus(at: number): void {
    const place = this.list.places[at];
    if (!place) return;
    const row = [...(this.element()?.querySelectorAll<HTMLElement>(`[data-name="${CSS.escape(place.name)}"]`) ?? [])];
    const link = row.find((one) => one.dataset.group === place.group)?.querySelector<HTMLElement>('[data-open]');
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'nearest' });
  }
}
