import { clock } from '#lib/live/clock.svelte.ts';
import { faultOf, isAbort, type Fault } from './fault.ts';

/**
 * What a view asks for by itself: the last answer, which stays while it is asked for again, and what went wrong.
 *
 * `question` runs again whenever something that it reads before its first await changes. Make it while a component is set up.
 */
export class Asked<Answer> {
  answer = $state.raw<Answer>();
  /** When that came, by the server's clock. */
  at = $state(0);
  fault = $state.raw<Fault>();
  busy = $state(true);
  #again = $state(0);

  constructor(question: (signal: AbortSignal) => Promise<Answer> | undefined) {
    $effect(() => {
      void this.#again;
      const stop = new AbortController();
      const asking = question(stop.signal);
      if (asking) void this.#take(asking, stop.signal);
      else this.busy = false;
      return () => stop.abort();
    });
  }

  /** Ask once more. */
  again(): void {
    this.#again += 1;
  }

  async #take(asking: Promise<Answer>, signal: AbortSignal): Promise<void> {
    this.busy = true;
    try {
      const answer = await asking;
      if (signal.aborted) return;
      this.answer = answer;
      this.at = clock.read();
      this.fault = undefined;
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      this.fault = faultOf(thrown);
    }
    this.busy = false;
  }
}
