import type { LogLines } from './lines.ts';

/**
 * Which lines are shown, one below the other, and where each is. A row is as high as `base` unless it was seen to be
 * higher: what is wrapped or opened is measured when it is there.
 */
export class Rows {
  base = 20;
  readonly #lines: LogLines;
  /** Whether a line is left out. */
  #hides: ((line: number) => boolean) | undefined;
  /** The lines that are not, where any may be. */
  #shown: number[] | undefined;
  /** The lines that are higher, by number, by how much, and the sum up to each. */
  #tall: number[] = [];
  #more: number[] = [];
  #sums: number[] = [];
  #summed = 0;

  constructor(lines: LogLines) {
    this.#lines = lines;
  }

  get count(): number {
    return this.#shown ? this.#shown.length : this.#lines.count;
  }

  /** How many lines are left out. */
  get hidden(): number {
    return this.#lines.count - this.count;
  }

  /** How high all are together. */
  get total(): number {
    return this.top(this.count);
  }

  /** Leave out what `hides` says; undefined shows all. */
  hide(hides: ((line: number) => boolean) | undefined): void {
    this.#hides = hides;
    this.#shown = hides && this.#let(this.#lines.first, this.#lines.end);
  }

  /** Take in the lines from `from` to before `end`, which were added at an end. */
  took(from: number, end: number): void {
    if (!this.#shown) return;
    const fresh = this.#let(from, end);
    if (end === this.#lines.end) for (const line of fresh) this.#shown.push(line);
    else this.#shown = [...fresh, ...this.#shown];
  }

  /** Forget the lines that are no longer at hand. */
  dropped(): void {
    const first = this.#lines.first;
    this.#shown?.splice(0, this.rowOf(first));
    const gone = before(this.#tall, first);
    if (!gone) return;
    this.#tall.splice(0, gone);
    this.#more.splice(0, gone);
    this.#summed = 0;
  }

  /** The line of a row. */
  line(row: number): number {
    return this.#shown ? (this.#shown[row] ?? this.#lines.end) : this.#lines.first + row;
  }

  /** The row of a line, or of the next one that is shown. */
  rowOf(line: number): number {
    if (this.#shown) return before(this.#shown, line);
    return Math.min(Math.max(0, line - this.#lines.first), this.count);
  }

  /** Where a row begins, in pixels. */
  top(row: number): number {
    const tall = before(this.#tall, this.line(row));
    return row * this.base + (tall ? this.#sum(tall - 1) : 0);
  }

  /** The row at this many pixels from the top. */
  rowAt(pixels: number): number {
    let low = 0;
    let high = Math.max(0, this.count - 1);
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.top(middle) <= pixels) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Take over how high a line is; whether that is news. */
  measured(line: number, height: number): boolean {
    const at = before(this.#tall, line);
    const known = this.#tall[at] === line;
    const more = height - this.base;
    if (known ? this.#more[at] === more : more === 0) return false;
    if (more) {
      this.#tall.splice(at, Number(known), line);
      this.#more.splice(at, Number(known), more);
    } else {
      this.#tall.splice(at, 1);
      this.#more.splice(at, 1);
    }
    this.#summed = Math.min(this.#summed, at);
    return true;
  }

  /** Forget what was measured, since all are of another height now. */
  remeasure(base: number): void {
    this.base = base;
    this.#tall = [];
    this.#more = [];
    this.#summed = 0;
  }

  #let(from: number, end: number): number[] {
    const found: number[] = [];
    for (let line = from; line < end; line += 1) if (!this.#hides?.(line)) found.push(line);
    return found;
  }

  #sum(at: number): number {
    for (; this.#summed <= at; this.#summed += 1) {
      const sum = this.#summed ? (this.#sums[this.#summed - 1] ?? 0) : 0;
      this.#sums[this.#summed] = sum + (this.#more[this.#summed] ?? 0);
    }
    return this.#sums[at] ?? 0;
  }
}

/** How many of ascending numbers are less than `number`. */
function before(numbers: readonly number[], number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
