const FIRST_MS = 300;
const LONGEST_MS = 15_000;

/** What is tried again and again, after longer and longer waits; those who were cut off together do not come back together. */
export class Tries {
  #longest = FIRST_MS;
  #wake: (() => void) | undefined;

  /** It went well: the next wait is a short one. */
  succeeded(): void {
    this.#longest = FIRST_MS;
  }

  /** How long to wait now, in milliseconds. */
  next(): number {
    const wait = this.#longest * (0.5 + Math.random());
    this.#longest = Math.min(LONGEST_MS, this.#longest * 2);
    return wait;
  }

  /** Wait for so many milliseconds, or until it is woken. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === Infinity ? undefined : setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Wait no longer. */
  wake(): void {
    this.#wake?.();
  }
}
