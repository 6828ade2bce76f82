import { queryOf } from '#lib/format/query.ts';

/** The states of nodes by their words, the worst first. */
export const NODE_STATES = ['offline', 'problem', 'disconnected', 'unknown', 'drained', 'paused', 'online'] as const;
export type StateWord = (typeof NODE_STATES)[number];

/** By what the list can be sorted. */
export const SORTS = [
  { id: 'name', title: 'Node' },
  { id: 'cpu', title: 'CPU' },
  { id: 'memory', title: 'Memory' },
  { id: 'disk', title: 'Disk' },
  { id: 'seen', title: 'Seen' }
] as const;
export type SortKey = (typeof SORTS)[number]['id'];

/** What is seen of the list, as its address says it. */
export interface View {
  readonly text: string;
  /** In one of these states; none are all. */
  readonly states: readonly StateWord[];
  readonly sort: SortKey;
  /** The other way round. */
  readonly reverse: boolean;
}

/** What an address asks for; what it says wrongly is left out. */
export function readView(words: URLSearchParams): View {
  const states = (words.get('state') ?? '').split(',');
  const sort = words.get('sort') ?? '';
  return {
    text: words.get('q') ?? '',
    states: NODE_STATES.filter((state) => states.includes(state)),
    sort: SORTS.find(({ id }) => id === sort.replace(/^-/, ''))?.id ?? 'name',
    reverse: sort.startsWith('-')
  };
}

/** The query of the address that shows the same again, without what is as at first. */
export function writeView(view: View): string {
  const words = new URLSearchParams();
  if (view.text) words.set('q', view.text);
  if (view.states.length) words.set('state', view.states.join(','));
  if (view.sort !== 'name' || view.reverse) words.set('sort', (view.reverse ? '-' : '') + view.sort);
  return queryOf(words);
}

/** Which way round the list is sorted by a column: by names from the first, by all else from the most. */
export function directionOf(view: View, key: SortKey): 'ascending' | 'descending' | undefined {
  if (view.sort !== key) return undefined;
  return (key === 'name') === view.reverse ? 'descending' : 'ascending';
}
