import type { Line } from './joining.ts';

/** So many lines lie together. */
const ROOM = 1024;
/** Among so many of the last lines is the latest one: those of several nodes come a little out of order. */
const LAST = 1000;
const STDERR = 1;
const NOTE = 2;

/** Lines that lie together: one field after the other, and all bytes in one piece. */
class Block {
  count = 0;
  at = new BigInt64Array(ROOM);
  sources = new Uint16Array(ROOM);
  flags = new Uint8Array(ROOM);
  ends = new Uint32Array(ROOM);
  bytes: Uint8Array<ArrayBuffer>;

  constructor(
    readonly first: number,
    bytes: number
  ) {
    this.bytes = new Uint8Array(bytes);
  }

  get size(): number {
    return this.count ? (this.ends[this.count - 1] ?? 0) : 0;
  }

  push(line: Line, flags: number): void {
    const from = this.size;
    const end = from + line.data.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(line.data, from);
    this.at[this.count] = line.at;
    this.sources[this.count] = line.source;
    this.flags[this.count] = flags;
    this.ends[this.count] = end;
    this.count += 1;
  }

  data(index: number): Uint8Array {
    return this.bytes.subarray(index ? this.ends[index - 1] : 0, this.ends[index]);
  }
}

/**
 * The lines that are at hand. Each has a number that stays its own: later lines have greater ones, and those that are put
 * before the first have lesser ones, below 0 too.
 */
export class LogLines {
  /** The number of the first one. */
  first = 0;
  /** The number that the next one will have. */
  end = 0;
  /** How many bytes they hold. */
  bytes = 0;
  #blocks: Block[] = [];

  get count(): number {
    return this.end - this.first;
  }

  /** When the first one was printed, in nanoseconds UTC; undefined when there is none but notes. */
  get oldest(): bigint | undefined {
    for (let number = this.first; number < this.end; number += 1) if (!this.isNote(number)) return this.at(number);
    return undefined;
  }

  /** The latest time of the last ones; 0 when they are notes, or there are none. */
  get newest(): bigint {
    let newest = 0n;
    for (let number = Math.max(this.first, this.end - LAST); number < this.end; number += 1) {
      const at = this.at(number);
      if (!this.isNote(number) && at > newest) newest = at;
    }
    return newest;
  }

  append(lines: readonly Line[]): void {
    for (const line of lines) this.#push(line, line.stderr ? STDERR : 0);
  }

  /** Add what there is to say about the lines, as a line. */
  note(text: string, at: bigint): void {
    this.#push({ at, source: 0, stderr: false, data: new TextEncoder().encode(text) }, NOTE);
  }

  /** Put lines, by time, before the first one. */
  prepend(lines: readonly Line[]): void {
    const made: Block[] = [];
    const from = this.first - lines.length;
    for (let at = 0; at < lines.length; at += ROOM) {
      const part = lines.slice(at, at + ROOM);
      const bytes = part.reduce((sum, line) => sum + line.data.length, 0);
      const block = new Block(from + at, bytes);
      for (const line of part) block.push(line, line.stderr ? STDERR : 0);
      made.push(block);
      this.bytes += bytes;
    }
    this.#blocks.unshift(...made);
    this.first = from;
  }

  /** Let go of the oldest until there are about so many lines and bytes at most; whether any went. */
  drop(most: number, bytes: number): boolean {
    let dropped = 0;
    let rest = this.count;
    while ((rest > most || this.bytes > bytes) && dropped < this.#blocks.length - 1) {
      const block = this.#blocks[dropped];
      rest -= block?.count ?? 0;
      this.bytes -= block?.size ?? 0;
      dropped += 1;
    }
    this.#blocks.splice(0, dropped);
    this.first = this.end - rest;
    return dropped > 0;
  }

  clear(): void {
    this.#blocks = [];
    this.first = this.end;
    this.bytes = 0;
  }

  /** When a line was printed, in nanoseconds UTC by the node's clock. */
  at(number: number): bigint {
    const block = this.#block(number);
    return block?.at[number - block.first] ?? 0n;
  }

  /** The number of its source. */
  source(number: number): number {
    const block = this.#block(number);
    return block?.sources[number - block.first] ?? 0;
  }

  isStderr(number: number): boolean {
    return this.#flags(number) === STDERR;
  }

  /** It is something that there is to say about the lines. */
  isNote(number: number): boolean {
    return this.#flags(number) === NOTE;
  }

  /** Its bytes. */
  data(number: number): Uint8Array {
    const block = this.#block(number);
    return block ? block.data(number - block.first) : new Uint8Array();
  }

  #flags(number: number): number {
    const block = this.#block(number);
    return block?.flags[number - block.first] ?? 0;
  }

  #push(line: Line, flags: number): void {
    let last = this.#blocks.at(-1);
    if (!last || last.count === ROOM || last.first + last.count !== this.end) {
      last = new Block(this.end, 1 << 14);
      this.#blocks.push(last);
    }
    last.push(line, flags);
    this.end += 1;
    this.bytes += line.data.length;
  }

  #block(number: number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle]?.first ?? 0) <= number) low = middle;
      else high = middle;
    }
    const block = this.#blocks[low];
    return block && number >= block.first && number < block.first + block.count ? block : undefined;
  }
}
