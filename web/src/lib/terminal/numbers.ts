/** A list of whole numbers below 2^32 that grows, at four bytes a number. */
export class Numbers {
  length = 0;
  #room = new Uint32Array(64);

  push(number: number): void {
    if (this.length === this.#room.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.#room);
      this.#room = larger;
    }
    this.#room[this.length] = number;
    this.length += 1;
  }

  at(index: number): number {
    return index < this.length ? (this.#room[index] ?? 0) : 0;
  }

  /** Of ascending numbers: how many are at most `number`. */
  upTo(number: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
