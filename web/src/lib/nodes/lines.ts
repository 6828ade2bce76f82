import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import type { NodeUsage } from '#lib/gen/composia/v1/usage_pb.ts';
import { byName } from '#lib/format/name.ts';
import { shownNode, type Shown } from '#lib/live/state.ts';
import { fresh, hostOf, read } from './reading.ts';
import { NODE_STATES, type SortKey, type View } from './view.ts';

/** A node as the list of nodes looks at it. */
export interface Line {
  readonly view: NodeView;
  readonly name: string;
  readonly shown: Shown;
  /** By what a text finds it. */
  readonly text: string;
}

/** By what lines are sorted, beside the name: shares from 0 to 1, milliseconds since it was seen; NaN where nothing is known. */
export type Measures = Readonly<Record<Exclude<SortKey, 'name'>, number>>;

/** The line of a node. */
export function lineOf(view: NodeView): Line {
  const { name = '', labels = [], facts } = view.node ?? {};
  const shown = shownNode(view);
  const texts = [
    name,
    shown.word,
    view.status?.problem ?? '',
    view.address,
    ...labels.map((label) => `${label.key}=${label.value}`),
    `Composia ${facts?.version ?? ''}`,
    facts?.dockerVersion ? `Docker ${facts.dockerVersion}` : 'no Docker',
    facts?.composeVersion ? `Compose ${facts.composeVersion}` : ''
  ];
  return { view, name, shown, text: texts.join('\n') };
}

/** What the nodes measure by their last readings; `age` is the milliseconds since one was seen. */
export function measured(
  nodes: ReadonlyMap<string, NodeView>,
  usage: ReadonlyMap<string, NodeUsage>,
  age: (view: NodeView) => number
): ReadonlyMap<string, Measures> {
  return new Map(
    [...nodes].map(([name, view]) => {
      const { cpu = NaN, memory = NaN, disk = NaN } = read(fresh(view, hostOf(view, usage.get(name)))) ?? {};
      return [name, { cpu, memory, disk, seen: age(view) }];
    })
  );
}

/** How many of the lines that were found are in each state that occurs at all, the worst first. */
export function counted(lines: readonly Line[], found: readonly Line[]) {
  return NODE_STATES.flatMap((state) => {
    const shown = lines.find((line) => line.shown.word === state)?.shown;
    return shown ? [{ state, tone: shown.tone, count: found.filter((line) => line.shown.word === state).length }] : [];
  });
}

/** Lines in the order that a view asks for, by name where that says nothing; those of which nothing is known are the last. */
export function sorted(
  lines: readonly Line[],
  { sort, reverse }: Pick<View, 'sort' | 'reverse'>,
  measures: ReadonlyMap<string, Measures>
): Line[] {
  const named = [...lines].sort((a, b) => byName(a.name, b.name));
  if (sort === 'name') return reverse ? named.reverse() : named;
  const of = (line: Line): number => measures.get(line.name)?.[sort] ?? NaN;
  return named.sort((a, b) => {
    const [one, other] = [of(a), of(b)];
    if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
    return reverse ? one - other : other - one;
  });
}
