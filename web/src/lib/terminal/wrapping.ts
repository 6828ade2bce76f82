import { Numbers } from './numbers.ts';

/** Lines of whom only this much has to be known to place them. */
export interface Placed {
  /** How many there are. */
  readonly count: number;
  /** How many of them do not change any more. */
  readonly whole: number;
  /** How many cells a line takes. */
  width(line: number): number;
}

/** In which rows lines are, when each is broken after so many columns; with 0 columns none is broken. */
export class Wrapping {
  readonly #lines: Placed;
  readonly #columns: number;
  /** In which row each whole line ends. */
  #ends = new Numbers();

  constructor(lines: Placed, columns: number) {
    this.#lines = lines;
    this.#columns = columns;
  }

  get count(): number {
    return this.#lines.count;
  }

  /** How many rows there are. */
  get rows(): number {
    if (!this.#columns) return this.count;
    this.#update();
    return this.top(this.#lines.whole) + (this.count > this.#lines.whole ? this.#height(this.#lines.whole) : 0);
  }

  /** The first row of a line. */
  top(line: number): number {
    if (!this.#columns) return line;
    this.#update();
    return line === 0 ? 0 : this.#ends.at(Math.min(line, this.#ends.length) - 1);
  }

  /** The line of a row. */
  lineAt(row: number): number {
    const last = Math.max(0, this.count - 1);
    if (!this.#columns) return Math.min(Math.max(0, row), last);
    this.#update();
    return Math.min(this.#ends.upTo(row), last);
  }

  #update(): void {
    for (let line = this.#ends.length; line < this.#lines.whole; line += 1) {
      this.#ends.push((line ? this.#ends.at(line - 1) : 0) + this.#height(line));
    }
  }

  #height(line: number): number {
    return Math.max(1, Math.ceil(this.#lines.width(line) / this.#columns));
  }
}
