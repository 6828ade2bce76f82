/** What is above the reader is drawn bit by bit; when nothing has come for so long there is no more to wait for. */
const PAUSE_MS = 5000;
/** A view that goes on to grow is not waited for any longer than this. */
const LONGEST_MS = 30_000;

/** Where the reader is in the element that scrolls, which browsers and the router do not remember as they do for the window. */
export class Scroll {
  #frame = 0;
  #restoring: AbortController | undefined;

  constructor(private readonly element: () => HTMLElement | undefined) {}

  /** How far down the reader is. */
  capture(): number {
    return this.element()?.scrollTop ?? 0;
  }

  /** Go back to there, as far as what is shown is long enough by now; who scrolls meanwhile is left alone. */
  restore(top: number): void {
    this.stop();
    const { signal } = (this.#restoring = new AbortController());
    for (const own of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
      addEventListener(own, () => this.stop(), { signal, passive: true });
    const last = performance.now() + LONGEST_MS;
    let until = performance.now() + PAUSE_MS;
    let height = 0;
    const go = () => {
      const element = this.element();
      if (!element) return;
      if (element.scrollHeight > height) {
        height = element.scrollHeight;
        until = performance.now() + PAUSE_MS;
      }
      const reaches = element.scrollHeight - element.clientHeight >= top;
      element.scrollTop = top;
      if (reaches || performance.now() > Math.min(until, last)) this.stop();
      else this.#frame = requestAnimationFrame(go);
    };
    go();
  }

  /** Begin at the top. */
  reset(): void {
    this.element()?.scrollTo({ top: 0, behavior: 'instant' });
  }

  /** Stay where the reader is now. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#restoring?.abort();
  }
}
