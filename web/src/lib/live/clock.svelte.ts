/** A smaller difference is how long an answer was on its way, and no other time. */
const JITTER_MS = 500;

/** The server's time, by which all times of the wire are; it ticks once a second while the page is seen. */
class Clock {
  now = $state(Date.now());
  /** How far the server's clock is ahead of this machine's. */
  #ahead = $state(0);

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.#tick();
    }, 1000);
    document.addEventListener('visibilitychange', () => this.#tick());
  }

  /** Take over the server's clock, as it was told now. */
  set(serverNow: number): void {
    const ahead = serverNow - Date.now();
    if (Math.abs(ahead - this.#ahead) < JITTER_MS) return;
    this.#ahead = ahead;
    this.#tick();
  }

  /** The server's time this moment, for what is not shown; it is another one when the server's clock is known, or has jumped. */
  read(): number {
    return this.at(Date.now());
  }

  /** The server's time at a moment of this machine. */
  at(here: number): number {
    return here + this.#ahead;
  }

  #tick(): void {
    this.now = this.read();
  }
}

export const clock = new Clock();
