import { duration } from '#lib/format/time.ts';

/** Which time lines are from, in milliseconds UTC. */
export interface Range {
  /** So long before now; 0 is not by now. */
  last: number;
  /** 0 is from the beginning. */
  from: number;
  /** Before that; 0 is on and on. */
  to: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const units: Record<string, number> = { m: minute, h: hour, d: day };

export const ALL: Range = { last: 0, from: 0, to: 0 };

/** What is offered, the narrowest first. */
export const LASTS: readonly { word: string; name: string }[] = [
  { word: '15m', name: 'Last 15 minutes' },
  { word: '1h', name: 'Last hour' },
  { word: '6h', name: 'Last 6 hours' },
  { word: '24h', name: 'Last 24 hours' },
  { word: '7d', name: 'Last 7 days' }
];

/** The range that these words of an address say: `15m` before now, or from and to as ISO 8601 has them. */
export function readRange(last: string, from: string, to: string): Range {
  const [, number, unit] = /^(\d{1,5})([mhd])$/.exec(last) ?? [];
  if (number && unit) return { ...ALL, last: Number(number) * (units[unit] ?? 0) };
  return { last: 0, from: moment(from), to: moment(to) };
}

/** The words of an address for a range. */
export function writeRange({ last, from, to }: Range): { last?: string; from?: string; to?: string } {
  if (last) return { last: lastWord(last) };
  return { ...(from ? { from: iso(from) } : {}), ...(to ? { to: iso(to) } : {}) };
}

/** From when on lines are wanted when it is `now`, in milliseconds UTC; 0 is from the beginning. */
export function since({ last, from }: Range, now: number): number {
  return last ? Math.max(0, Math.floor(now - last)) : from;
}

/** A range in words. */
export function rangeName(range: Range): string {
  if (range.last) {
    return LASTS.find((one) => one.word === lastWord(range.last))?.name ?? `Last ${duration(range.last)}`;
  }
  if (range.from && range.to) return `${short(range.from)} to ${short(range.to)}`;
  if (range.from) return `Since ${short(range.from)}`;
  return range.to ? `Before ${short(range.to)}` : 'Any time';
}

/** The next wider range, for who found nothing; undefined when it is wide already. */
export function wider(range: Range): { name: string; range: Range } | undefined {
  if (!range.last && !range.from && !range.to) return undefined;
  const next = range.last ? LASTS.find((one) => readRange(one.word, '', '').last > range.last) : undefined;
  return next ? { name: next.name, range: readRange(next.word, '', '') } : { name: 'Any time', range: ALL };
}

/** A moment as a field for date and time has it, by the reader's clock: `2026-11-26T09:41:07`. */
export function toField(at: number): string {
  if (!at) return '';
  const time = new Date(at);
  return new Date(at - time.getTimezoneOffset() * minute).toISOString().slice(0, 19);
}

/** The moment that such a field says, in milliseconds UTC; 0 when it says none. */
export function fromField(text: string): number {
  return text ? moment(text) : 0;
}

/** The reader's time zone, as `Europe/Berlin, UTC+1` has it. */
export function zone(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const rest = Math.abs(offset) % 60;
  const hours = `${offset < 0 ? '−' : '+'}${Math.floor(Math.abs(offset) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name === 'UTC' ? 'UTC' : `${name}, UTC${offset ? hours : ''}`;
}

function lastWord(last: number): string {
  if (last % day === 0 && last > day) return `${last / day}d`;
  return last % hour === 0 ? `${last / hour}h` : `${Math.round(last / minute)}m`;
}

function moment(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at);
}

function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

function short(at: number): string {
  return toField(at).replace('T', ' ').replace(/:00$/, '');
}
