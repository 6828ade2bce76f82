import { wordsOf } from '#lib/format/matching.ts';
import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import { SERVICE_STATES, type ServiceState } from '#lib/live/state.ts';
import type { Labels } from './order.ts';
import type { Row } from './row.ts';
import type { View } from './view.ts';

/** The labels of each node. */
export function labelsOf(nodes: ReadonlyMap<string, NodeView>): Labels {
  return new Map(
    [...nodes].map(([name, view]) => [name, new Map(view.node?.labels.map((label) => [label.key, label.value]))])
  );
}

/** The names of all labels. */
export function labelKeys(labels: Labels): string[] {
  return [...new Set([...labels.values()].flatMap((of) => [...of.keys()]))].sort();
}

/** The labels of each node as the text filter looks at them. */
export function labelTexts(labels: Labels): ReadonlyMap<string, string> {
  return new Map(
    [...labels].map(([node, of]) => [node, [...of].map(([key, value]) => `${key}=${value}`.toLowerCase()).join('\n')])
  );
}

/** The beginning of a revision, as Git takes it; in the middle of one every short word is found somewhere. */
const REVISION = /^[0-9a-f]{4,40}$/;

/**
 * Which rows a text lets through: those that have each of its words somewhere, on a label of a node, or at the beginning of
 * their revision; undefined is all.
 */
export function matching(text: string, labels: ReadonlyMap<string, string>): ((row: Row) => boolean) | undefined {
  const words = wordsOf(text);
  if (!words.length) return undefined;
  return (row) =>
    words.every(
      (word) =>
        row.text.includes(word) ||
        (REVISION.test(word) && row.revision.startsWith(word)) ||
        row.nodes.some((node) => labels.get(node)?.includes(word))
    );
}

/** How many of the rows that were found are in each state that occurs at all, in the order of states. */
export function counted(rows: readonly Row[], found: readonly Row[]): { state: ServiceState; count: number }[] {
  const counts = new Map<ServiceState, number>(rows.map((row) => [row.state, 0]));
  for (const row of found) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  return SERVICE_STATES.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [{ state, count }];
  });
}

/** The names of those that are in the wanted states. */
export function narrowed(
  found: readonly Row[],
  { states, changed }: Pick<View, 'states' | 'changed'>
): ReadonlySet<string> {
  const rows = found.filter((row) => (!states.length || states.includes(row.state)) && (!changed || row.changed));
  return new Set(rows.map((row) => row.name));
}
