/** What is numbered in the order in which it was made. */
interface Numbered {
  readonly id: string;
  readonly sequence: bigint;
}

/**
 * A list that was asked for, newest first, brought up to what has been heard since: each in its newest state, what is new
 * among the others. `fits` says whether something belongs there; what is older than the list's end is left to a later page.
 */
export function merged<Item extends Numbered>(
  listed: readonly Item[],
  heard: ReadonlyMap<string, Item>,
  complete: boolean,
  fits: (item: Item) => boolean
): Item[] {
  const last = listed.at(-1)?.sequence ?? 0n;
  const items = new Map(listed.map((item) => [item.id, heard.get(item.id) ?? item]));
  for (const item of heard.values()) if (complete || item.sequence > last) items.set(item.id, item);
  return [...items.values()].filter(fits).sort((a, b) => (a.sequence < b.sequence ? 1 : -1));
}
