import { queryOf } from '#lib/format/query.ts';
import { SERVICE_STATES, type ServiceState } from '#lib/live/state.ts';

/** The columns that may be chosen, in their order; the name is always there. */
export const COLUMNS = [
  { id: 'state', title: 'State' },
  { id: 'nodes', title: 'Nodes' },
  { id: 'containers', title: 'Up' },
  { id: 'image', title: 'Image' },
  { id: 'ports', title: 'Ports' },
  { id: 'revision', title: 'Revision' },
  { id: 'deployed', title: 'Deployed' },
  { id: 'cpu', title: 'CPU' },
  { id: 'memory', title: 'Memory' }
] as const;
export type Column = (typeof COLUMNS)[number]['id'];

/** By what the list can be sorted. */
export type SortKey = 'name' | Column;

/** What is seen of the list, as its address says it. */
export interface View {
  text: string;
  /** In one of these states; none are all. */
  states: readonly ServiceState[];
  /** Only what Git holds otherwise than it runs. */
  changed: boolean;
  sort: SortKey;
  /** The other way round. */
  reverse: boolean;
  /** `node`, `state`, `label:KEY`, or empty. */
  group: string;
  columns: readonly Column[];
}

const ids: readonly Column[] = COLUMNS.map((column) => column.id);
/** What an address says for all columns. */
const ALL = 'all';

/** What an address asks for; the columns are those that were `chosen` before when it does not say which. */
export function readView(chosen: readonly string[], search: URLSearchParams): View {
  const sort = search.get('sort') ?? '';
  const key = sort.replace(/^-/, '');
  const named = search.get('columns') === ALL ? ids : words(search, 'columns');
  const columns = search.has('columns') ? named : chosen;
  const group = search.get('group') ?? '';
  return {
    text: search.get('q') ?? '',
    states: SERVICE_STATES.filter((state) => words(search, 'state').includes(state)),
    changed: search.has('changed'),
    sort: ids.find((id) => id === key) ?? 'name',
    reverse: sort.startsWith('-'),
    group: /^(node|state|label:.+)$/.test(group) ? group : '',
    columns: ids.filter((id) => columns.includes(id))
  };
}

/**
 * The address that shows the same again, without what is as at first. Once columns were `chosen` in this browser, it names them
 * also when they are all: without that, readers have those that they chose themselves.
 */
export function writeView(view: View, chosen = false): string {
  const search = new URLSearchParams();
  if (view.text) search.set('q', view.text);
  if (view.states.length) search.set('state', view.states.join(','));
  if (view.changed) search.set('changed', '');
  if (view.sort !== 'name' || view.reverse) search.set('sort', (view.reverse ? '-' : '') + view.sort);
  if (view.group) search.set('group', view.group);
  const all = view.columns.length === ids.length;
  if (chosen || !all) search.set('columns', all ? ALL : view.columns.join(','));
  return queryOf(search);
}

function words(search: URLSearchParams, name: string): string[] {
  return (search.get(name) ?? '').split(',');
}
