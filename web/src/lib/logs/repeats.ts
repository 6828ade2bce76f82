import type { Line } from './joining.ts';
import type { LogLines } from './lines.ts';

/** Containers that are asked again are asked for so much of what they have said. */
const AGAIN_NS = 60_000_000_000n;

/**
 * From when on containers are asked again, nanoseconds UTC: for the last minute of what is at hand, or was when it was cleared up
 * to a time, as clocks of nodes differ, and nothing before `since`, milliseconds UTC. Undefined when nothing of theirs was here.
 */
export function againSince(lines: LogLines, cleared: bigint, since: number): bigint | undefined {
  const { newest, oldest = 0n } = lines;
  if (!newest && !cleared) return undefined;
  const times = [newest - AGAIN_NS, oldest, cleared - AGAIN_NS, BigInt(since) * 1_000_000n];
  const latest = times.reduce((a, b) => (a > b ? a : b));
  return latest - (latest % 1_000_000n);
}

/** The lines of a time that are at hand already: knows those that come once more. */
export class Held {
  #times = new Map<string, number>();
  #last = -1n;

  /** Of those from `from` to before `end`, nanoseconds UTC. */
  constructor(lines: LogLines, from: bigint, end: bigint) {
    for (let number = lines.first; number < lines.end; number += 1) {
      const at = lines.at(number);
      if (at < from || at >= end || lines.isNote(number)) continue;
      const key = keyOf(at, lines.source(number), lines.data(number));
      this.#times.set(key, (this.#times.get(key) ?? 0) + 1);
      if (at > this.#last) this.#last = at;
    }
  }

  /** Whether a line is not at hand; one that is held twice is known twice. */
  isNew(line: Line): boolean {
    if (line.at > this.#last) return true;
    const key = keyOf(line.at, line.source, line.data);
    const times = this.#times.get(key) ?? 0;
    if (times) this.#times.set(key, times - 1);
    return !times;
  }
}

function keyOf(at: bigint, source: number, data: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of data.subarray(0, 512)) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${at} ${source} ${data.length} ${hash}`;
}
