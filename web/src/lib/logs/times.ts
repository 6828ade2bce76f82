import { clock, moment } from '#lib/format/time.ts';
import type { TimeFormat } from './view.ts';

/** Milliseconds of a time in nanoseconds. */
export function millis(at: bigint): number {
  return Number(at / 1_000_000n);
}

/** The time of a line by the reader's clock: `09:41:07.250`, or with the day. */
export function written(at: bigint, format: Exclude<TimeFormat, 'relative'>): string {
  const ms = millis(at);
  return `${format === 'full' ? moment(ms) : clock(ms)}.${String(ms % 1000).padStart(3, '0')}`;
}

/** A time to the nanosecond, UTC, as `composia logs` writes it. */
export function exact(at: bigint): string {
  return `${new Date(millis(at)).toISOString().slice(0, 19)}.${String(at % 1_000_000_000n).padStart(9, '0')}Z`;
}
