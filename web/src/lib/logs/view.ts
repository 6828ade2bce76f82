import { queryOf } from '#lib/format/query.ts';
import { ALL, readRange, writeRange, type Range } from './range.ts';

/** How the time of a line is written. */
export type TimeFormat = 'clock' | 'full' | 'relative';
const FORMATS: readonly TimeFormat[] = ['clock', 'full', 'relative'];

/** A line that an address leads to. */
export interface Moment {
  /** Nanoseconds UTC. */
  at: bigint;
  /** `node/container name`; empty marks all lines of that time. */
  of: string;
}

/** What is seen of logs, as an address says it. */
export interface LogsView {
  /** Names; none are all. */
  services: readonly string[];
  nodes: readonly string[];
  containers: readonly string[];
  text: string;
  regex: boolean;
  ignoreCase: boolean;
  /** Patterns of lines that are left out. */
  hide: readonly string[];
  range: Range;
  moment: Moment | undefined;
  /** From the containers themselves. */
  live: boolean;
  /** Undefined is as the width of the screen suggests. */
  wrap: boolean | undefined;
  time: TimeFormat;
}

export const NOTHING_CHOSEN: LogsView = {
  services: [],
  nodes: [],
  containers: [],
  text: '',
  regex: false,
  ignoreCase: false,
  hide: [],
  range: ALL,
  moment: undefined,
  live: false,
  wrap: undefined,
  time: 'clock'
};

/** What an address asks for. */
export function readView(search: URLSearchParams): LogsView {
  const word = (name: string) => search.get(name) ?? '';
  const time = word('time');
  return {
    services: names(search, 'service'),
    nodes: names(search, 'node'),
    containers: names(search, 'container'),
    text: word('q'),
    regex: search.has('regex'),
    ignoreCase: search.has('ignore-case'),
    hide: [...new Set(search.getAll('hide').filter(Boolean))],
    range: readRange(word('last'), word('from'), word('to')),
    moment: /^\d{1,19}$/.test(word('at')) ? { at: BigInt(word('at')), of: word('of') } : undefined,
    live: search.has('live'),
    wrap: search.has('wrap') ? word('wrap') !== 'no' : undefined,
    time: FORMATS.find((format) => format === time) ?? 'clock'
  };
}

/** The address that shows the same again, without what is as at first. */
export function writeView(view: LogsView): string {
  const search = new URLSearchParams();
  if (view.services.length) search.set('service', view.services.join(','));
  if (view.nodes.length) search.set('node', view.nodes.join(','));
  if (view.containers.length) search.set('container', view.containers.join(','));
  if (view.text) search.set('q', view.text);
  if (view.regex) search.set('regex', '');
  if (view.ignoreCase) search.set('ignore-case', '');
  for (const pattern of view.hide) search.append('hide', pattern);
  for (const [name, word] of Object.entries(writeRange(view.range))) search.set(name, word);
  if (view.moment) search.set('at', String(view.moment.at));
  if (view.moment?.of) search.set('of', view.moment.of);
  if (view.live) search.set('live', '');
  if (view.wrap !== undefined) search.set('wrap', view.wrap ? 'yes' : 'no');
  if (view.time !== 'clock') search.set('time', view.time);
  return queryOf(search).replaceAll('%2F', '/');
}

function names(search: URLSearchParams, name: string): string[] {
  return [...new Set((search.get(name) ?? '').split(',').filter(Boolean))];
}
