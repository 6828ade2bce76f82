import type { Line } from './joining.ts';
import type { LogLines } from './lines.ts';

/** Up to when lines were cleared away, of each source by the clock of its node. */
export class Cleared {
  readonly #until = new Map<number, bigint>();

  /** Up to when at the latest, nanoseconds UTC; 0 when nothing was cleared. */
  get latest(): bigint {
    let latest = 0n;
    for (const until of this.#until.values()) if (until > latest) latest = until;
    return latest;
  }

  /** All of these are cleared away. */
  take(lines: LogLines): void {
    for (let line = lines.first; line < lines.end; line += 1) {
      const [source, at] = [lines.source(line), lines.at(line)];
      if (!lines.isNote(line) && at > this.#of(source)) this.#until.set(source, at);
    }
  }

  /** Whether a line is among what was cleared away. */
  has({ source, at }: Line): boolean {
    return at <= this.#of(source);
  }

  #of(source: number): bigint {
    return this.#until.get(source) ?? 0n;
  }
}
