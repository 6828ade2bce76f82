/**
 * What goes on from a list of newest items, of all that was known: the known items after the last one of the list; undefined
 * when that one is not among them, so that there may be others between.
 */
export function joined<Item>(
  newest: readonly Item[],
  known: readonly Item[],
  id: (item: Item) => string
): Item[] | undefined {
  const last = newest.at(-1);
  const at = last === undefined ? -1 : known.findIndex((item) => id(item) === id(last));
  return at < 0 ? undefined : known.slice(at + 1);
}
