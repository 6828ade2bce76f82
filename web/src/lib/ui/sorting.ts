import type { MenuItem } from './menu.svelte.ts';

/** A list that can be sorted by some of what it shows. */
interface Sorted<Key extends string> {
  readonly view: { readonly sort: Key; readonly reverse: boolean };
  /** Sort by it; the other way round when it is sorted by that already. */
  sortBy(key: Key): void;
}

/** What a menu offers that sorts a list, where there are no heads of columns to press. */
export function sortMenu<Key extends string>(
  list: Sorted<Key>,
  sorts: readonly { readonly id: Key; readonly title: string }[]
): MenuItem[] {
  return sorts.map(({ id, title }) => ({
    name: list.view.sort === id && list.view.reverse ? `${title}, the other way round` : title,
    checked: list.view.sort === id,
    run: () => list.sortBy(id)
  }));
}
