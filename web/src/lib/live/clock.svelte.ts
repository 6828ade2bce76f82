/** The server's time, by which all times of the wire are; it ticks once a second while the page is seen. */
class Clock {
  now = $state(Date.now());
  #ahead = 0;

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.#tick();
    }, 1000);
    document.addEventListener('visibilitychange', () => this.#tick());
  }

  /** Take over the server's clock, as it was told now. */
  set(serverNow: number): void {
    this.#ahead = serverNow - Date.now();
    this.#tick();
  }

  /** The server's time this moment, for what is not shown. */
  read(): number {
    return Date.now() + this.#ahead;
  }

  #tick(): void {
    this.now = this.read();
  }
}

export const clock = new Clock();
