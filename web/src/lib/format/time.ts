const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Milliseconds of a field of the wire; 0 is never. */
export function ms(value: bigint): number {
  return Number(value);
}

/** How long, in at most two units: `850 ms`, `4.2 s`, `38 s`, `3m 12s`, `5h 9m`, `12d 4h`. */
export function duration(millis: number): string {
  const span = Math.max(0, millis);
  if (span < second) return `${Math.round(span)} ms`;
  if (span < 9.95 * second) return `${(span / second).toFixed(1)} s`;
  return span < minute ? `${Math.round(span / second)} s` : units(span);
}

/** How long ago, in one unit, for tables: `now`, `38 s`, `12 min`, `5 h`, `3 d`. */
export function age(millis: number): string {
  const span = Math.max(0, millis);
  if (span < 5 * second) return 'now';
  if (span < minute) return `${Math.floor(span / second)} s`;
  if (span < hour) return `${Math.floor(span / minute)} min`;
  if (span < 2 * day) return `${Math.floor(span / hour)} h`;
  return `${Math.floor(span / day)} d`;
}

/** How long something has been up: `9h 0m`, `5d 9h`. */
export function uptime(millis: number): string {
  return millis < minute ? `${Math.max(0, Math.floor(millis / second))}s` : units(millis);
}

/** A moment to the second, by the reader's clock and time zone: `2026-11-26 09:41:07`. */
export function moment(at: number): string {
  const time = new Date(at);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock(at)}`;
}

/** The time of day: `09:41:07`. */
export function clock(at: number): string {
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function units(span: number): string {
  if (span < hour) return `${Math.floor(span / minute)}m ${Math.floor((span % minute) / second)}s`;
  if (span < day) return `${Math.floor(span / hour)}h ${Math.floor((span % hour) / minute)}m`;
  return `${Math.floor(span / day)}d ${Math.floor((span % day) / hour)}h`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
