import { Finder } from './find.ts';
import type { Lines } from './lines.ts';

/** So many bytes are looked through before others get their turn. */
const TURN = 1 << 21;

/** A search that a person makes in an output: what is looked for, how often it is there, and which place one is at. */
export class Finding {
  text = $state('');
  count = $state(0);
  /** The number of the place that one is at; -1 before there is any. */
  at = $state(-1);
  /** The line of that place. */
  line = $state(-1);
  busy = $state(false);
  #finder: Finder | undefined;
  #onfound: (line: number) => void;

  /** `onfound` is called when one comes to a place in a line. */
  constructor(onfound: (line: number) => void) {
    this.#onfound = onfound;
  }

  /** Look for what is typed now, from a line on. */
  begin(lines: Lines, from: number): void {
    this.#forget();
    if (!this.text) return;
    this.#finder = new Finder(lines, this.text);
    void this.#look(this.#finder, from);
  }

  /** Look through what has come since. */
  more(): void {
    if (this.#finder && !this.busy) void this.#look(this.#finder, -1);
  }

  /** Go to another place; after the last comes the first. */
  step(by: 1 | -1): void {
    if (this.count) this.#go((this.at + by + this.count) % this.count);
  }

  end(): void {
    this.text = '';
    this.#forget();
  }

  /** There are more places than are counted. */
  get full(): boolean {
    return this.count > 0 && (this.#finder?.full ?? false);
  }

  #forget(): void {
    this.#finder = undefined;
    this.busy = false;
    [this.count, this.at, this.line] = [0, -1, -1];
  }

  /** Look through all there is; with `from`, go to the first place from there on as soon as it is known. */
  async #look(finder: Finder, from: number): Promise<void> {
    this.busy = true;
    for (let done = false; !done;) {
      done = finder.look(TURN);
      this.count = finder.found.length;
      const first = from < 0 ? 0 : finder.from(from);
      if (from >= 0 && this.at < 0 && (first < this.count || (done && this.count))) this.#go(first % this.count);
      if (!done) await new Promise((resolve) => setTimeout(resolve));
      if (this.#finder !== finder) return;
    }
    this.busy = false;
  }

  #go(number: number): void {
    this.at = number;
    this.line = this.#finder?.line(number) ?? -1;
    this.#onfound(this.line);
  }
}
