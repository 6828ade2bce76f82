/** So many bytes lie together. */
const PAGE = 1 << 16;

/** Bytes that come one piece after the other; they cost little more room than they are. */
export class Bytes {
  length = 0;
  #pages: Uint8Array<ArrayBuffer>[] = [];

  append(piece: Uint8Array): void {
    for (let from = 0; from < piece.length;) {
      const within = this.length % PAGE;
      if (within === 0) this.#pages.push(new Uint8Array(PAGE));
      const part = piece.subarray(from, from + PAGE - within);
      this.#pages.at(-1)?.set(part, within);
      from += part.length;
      this.length += part.length;
    }
  }

  /** The byte at `at`; -1 beyond the end. */
  at(at: number): number {
    return at < this.length ? (this.#pages[Math.floor(at / PAGE)]?.[at % PAGE] ?? -1) : -1;
  }

  /** Where the byte `value` is first, from `from` to before `end`; -1 when it is not there. */
  find(value: number, from: number, end = this.length): number {
    for (let at = from; at < end;) {
      const start = at - (at % PAGE);
      const page = this.#pages[start / PAGE];
      const found = (end < start + PAGE ? page?.subarray(0, end - start) : page)?.indexOf(value, at - start) ?? -1;
      if (found >= 0) return start + found;
      at = start + PAGE;
    }
    return -1;
  }

  /** Those from `from` to before `end`, copied only where they do not lie together. */
  slice(from: number, end: number): Uint8Array {
    const start = from - (from % PAGE);
    if (end <= start + PAGE) return this.#pages[start / PAGE]?.subarray(from - start, end - start) ?? new Uint8Array();
    const all = new Uint8Array(end - from);
    for (let at = from; at < end;) {
      const part = this.slice(at, Math.min(end, at - (at % PAGE) + PAGE));
      all.set(part, at - from);
      at += part.length;
    }
    return all;
  }

  /** All of them, as a file. */
  blob(): Blob {
    const last = this.#pages.length - 1;
    const rest = this.length - last * PAGE;
    return new Blob(this.#pages.map((page, at) => (at === last ? page.subarray(0, rest) : page)));
  }
}
