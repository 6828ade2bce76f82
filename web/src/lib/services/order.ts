import { byName } from '#lib/format/name.ts';
import { SERVICE_STATES, shownService, type Tone } from '#lib/live/state.ts';
import type { Reading } from './reading.ts';
import type { Row } from './row.ts';
import type { SortKey } from './view.ts';

/** Rows below one heading. */
export interface Group {
  /** Another one for each grouping, so that what is folded in one is not in another. */
  key: string;
  /** Empty when nothing is grouped. */
  title: string;
  tone?: Tone;
  rows: readonly Row[];
}

let ranks = new Map<string, number>();

/** Places of the names in their order, worked out again only when there is another name. */
function ranked(rows: readonly Row[]): Map<string, number> {
  if (rows.length !== ranks.size || rows.some((row) => !ranks.has(row.name))) {
    ranks = new Map(
      rows
        .map((row) => row.name)
        .sort(byName)
        .map((name, at) => [name, at])
    );
  }
  return ranks;
}

/** Rows by a column, by name where that says nothing. What there is most of comes first where people look for the most. */
export function sorted(
  rows: readonly Row[],
  key: SortKey,
  reverse: boolean,
  usage: (name: string) => Reading | undefined
): Row[] {
  const rank = ranked(rows);
  const place = (row: Row) => rank.get(row.name) ?? 0;
  const values = new Map(rows.map((row) => [row, valueOf(row, key, usage)]));
  const sign = reverse ? -1 : 1;
  return [...rows].sort((a, b) => {
    const one = values.get(a) ?? 0;
    const other = values.get(b) ?? 0;
    if (one === other) return (key === 'name' ? sign : 1) * (place(a) - place(b));
    return one < other ? -sign : sign;
  });
}

function valueOf(row: Row, key: SortKey, usage: (name: string) => Reading | undefined): number | string {
  switch (key) {
    case 'name':
      return 0;
    case 'state':
      return SERVICE_STATES.indexOf(row.state);
    case 'nodes':
      return row.nodes[0] ?? '\uffff';
    case 'containers':
      return row.of ? row.up / row.of : -1;
    case 'image':
      return row.images[0] ?? '\uffff';
    case 'ports':
      return row.ports[0]?.number ?? Infinity;
    case 'revision':
      return -(row.behind || (row.changed ? 0.5 : 0));
    case 'deployed':
      return -Number(row.service.last?.createdMs ?? 0n);
    case 'cpu':
      return -(usage(row.name)?.cpu ?? -1);
    case 'memory':
      return -(usage(row.name)?.memory ?? -1);
  }
}

/** The labels of each node. */
export type Labels = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Rows below the headings that they belong under; one that is on several nodes may be below several. */
export function grouped(rows: readonly Row[], by: string, labels: Labels): Group[] {
  if (!by) return [{ key: '', title: '', rows }];
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    for (const key of keysOf(row, by, labels)) {
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
  }
  return [...groups]
    .sort(([a], [b]) => compare(a, b, by))
    .map(([key, members]) => ({
      key: `${by} ${key}`,
      title: titleOf(key, by),
      rows: members,
      ...(by === 'state' && members[0] && { tone: shownService(members[0].state).tone })
    }));
}

function keysOf(row: Row, by: string, labels: Labels): Iterable<string> {
  if (by === 'state') return [row.state];
  if (!row.nodes.length) return [''];
  if (by === 'node') return row.nodes;
  const label = by.slice('label:'.length);
  return new Set(row.nodes.map((node) => labels.get(node)?.get(label) ?? ''));
}

function compare(a: string, b: string, by: string): number {
  const states: readonly string[] = SERVICE_STATES;
  if (by === 'state') return states.indexOf(a) - states.indexOf(b);
  return a && b ? byName(a, b) : Number(!a) - Number(!b);
}

function titleOf(key: string, by: string): string {
  if (key) return by.startsWith('label:') ? `${by.slice('label:'.length)}: ${key}` : key;
  return by === 'node' ? 'on no node' : `without ${by.slice('label:'.length)}`;
}
