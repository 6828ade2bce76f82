import type { Segment } from './ansi.ts';
import type { Lines } from './lines.ts';
import { Numbers } from './numbers.ts';

/** So many places are remembered. */
const MOST = 100_000;
/** So much is looked through at a time. */
const WINDOW = 1 << 16;

/** Where a text is in an output, found in its bytes; the case of a to z does not matter. */
export class Finder {
  /** The bytes at which it was found. */
  readonly found = new Numbers();
  readonly #lines: Lines;
  readonly #needle: Uint8Array;
  /** How far to go on when the byte under the needle's end does not fit, by that byte. */
  readonly #skips: Uint32Array;
  #at = 0;

  constructor(lines: Lines, text: string) {
    this.#lines = lines;
    this.#needle = new TextEncoder().encode(folded(text));
    const length = this.#needle.length;
    this.#skips = new Uint32Array(256).fill(length);
    this.#needle.subarray(0, -1).forEach((byte, at) => (this.#skips[byte] = length - 1 - at));
  }

  /** Look through at most so many further bytes; whether it has come to what is the end now. */
  look(bytes: number): boolean {
    const all = this.#lines.bytes;
    for (let rest = bytes; rest > 0 && !this.#done; rest -= WINDOW) {
      const from = this.#at;
      const window = all.slice(from, Math.min(all.length, from + WINDOW + this.#needle.length));
      this.#at += this.#through(window, from);
    }
    return this.#done;
  }

  get #done(): boolean {
    return this.full || this.#at + this.#needle.length > this.#lines.bytes.length;
  }

  /** There are more places than are remembered. */
  get full(): boolean {
    return this.found.length >= MOST;
  }

  /** The line of the place with this number. */
  line(number: number): number {
    return this.#lines.lineAt(this.found.at(number));
  }

  /** The number of the first place in or after a line; as many as there are when there is none. */
  from(line: number): number {
    const start = this.#lines.start(line);
    return start ? this.found.upTo(start - 1) : 0;
  }

  /** Look through a window that begins at `start`; how far in it all has been looked through. */
  #through(window: Uint8Array, start: number): number {
    const length = this.#needle.length;
    let at = 0;
    while (at + length <= window.length && !this.full) {
      const last = fold(window[at + length - 1] ?? 0);
      if (last !== this.#needle[length - 1] || !this.#fits(window, at)) {
        at += this.#skips[last] ?? 1;
        continue;
      }
      this.found.push(start + at);
      at += length;
    }
    return Math.min(at, window.length);
  }

  #fits(window: Uint8Array, at: number): boolean {
    return this.#needle.every((byte, index) => fold(window[at + index] ?? 0) === byte);
  }
}

/** The segments, with those parts of them marked in which a text is. */
export function marked(segments: readonly Segment[], text: string): readonly Segment[] {
  const needle = folded(text);
  const whole = folded(segments.map((one) => one.text).join(''));
  if (!needle || !whole.includes(needle)) return segments;
  const borders = [0];
  for (let at = whole.indexOf(needle); at >= 0; at = whole.indexOf(needle, at + needle.length)) {
    borders.push(at, at + needle.length);
  }
  const made: Segment[] = [];
  let start = 0;
  for (const segment of segments) {
    const end = start + segment.text.length;
    borders.forEach((border, number) => {
      const from = Math.max(start, border);
      const to = Math.min(end, borders[number + 1] ?? whole.length);
      if (from >= to) return;
      const look = number % 2 ? `${segment.look} ansi-mark` : segment.look;
      made.push({ ...segment, look, text: segment.text.slice(from - start, to - start) });
    });
    start = end;
  }
  return made;
}

function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}
