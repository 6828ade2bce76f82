import { Code, ConnectError } from '@connectrpc/connect';
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { watch } from '#lib/live/watch.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { faultOf, isAbort, type Fault } from '#lib/rpc/fault.ts';
import { Tries } from '#lib/rpc/tries.ts';
import { Lines } from '#lib/terminal/lines.ts';

/** What one attempt has written. */
export interface Written {
  readonly lines: Lines;
  /** Changes whenever there is more. */
  version: number;
  /** Its output is not kept any more. */
  gone: boolean;
}

/** What is shown changes so often at most, so that a fast output leaves time for everything else. */
const FRAME_MS = 50;
/** After so long the browser gets its turn, however much has come. */
const TURN_MS = 12;

/**
 * The output of a task, attempt by attempt, as long as it is written. It is asked for again from where it was when it breaks,
 * and rests while the page does. Make it while a component is set up.
 */
export class Output {
  /** By the number of the attempt. */
  readonly attempts = new SvelteMap<number, Written>();
  /** Nothing more comes. */
  ended = $state(false);
  /** Why it does not come now; it is tried again. */
  fault = $state.raw<Fault>();
  #grown: readonly number[] = [];
  #frame: ReturnType<typeof setTimeout> | undefined;

  /** `task` is asked for; `last` is the number of its last attempt so far, and `running` whether it has not ended. */
  constructor(task: () => string, last: () => number, running: () => boolean) {
    // a task comes anew with each event about it; what it has written is that of the same task still
    const id = $derived(task());
    const reachable = $derived(watch.link !== 'resting' && watch.link !== 'lost');
    const wanted = $derived(running() || !this.ended);
    $effect(() => {
      void id;
      return () => {
        this.attempts.clear();
        this.ended = false;
        this.fault = undefined;
      };
    });
    $effect(() => {
      if (!id || !reachable || !wanted) return;
      this.ended = false;
      const stop = new AbortController();
      untrack(() => void this.#run(id, last, stop.signal));
      return () => stop.abort();
    });
  }

  /** What an attempt has written so far. */
  of(attempt: number): Written | undefined {
    return this.attempts.get(attempt);
  }

  async #run(task: string, last: () => number, signal: AbortSignal): Promise<void> {
    const tries = new Tries();
    while (!signal.aborted) {
      const before = this.#size();
      try {
        await this.#listen(task, signal);
        if (!signal.aborted) this.ended = true;
        return;
      } catch (thrown) {
        if (signal.aborted || isAbort(thrown)) return;
        if (ConnectError.from(thrown).code === Code.NotFound) {
          this.#written(this.#next()).gone = true;
          this.#tell(this.#next());
          if (this.#next() >= last()) return void (this.ended = true);
          this.#written(this.#next() + 1);
          continue;
        }
        this.fault = faultOf(thrown);
      }
      if (this.#size() > before) tries.succeeded();
      await tries.wait(tries.next());
    }
  }

  async #listen(task: string, signal: AbortSignal): Promise<void> {
    const attempt = this.#next();
    const offset = BigInt(this.of(attempt)?.lines.bytes.length ?? 0);
    let turn = performance.now();
    for await (const chunk of server.taskOutput({ task, follow: true, attempt, offset }, { signal })) {
      if (signal.aborted) return; // what came meanwhile is asked for again, or is that of another task
      this.fault = undefined;
      const { lines } = this.#written(chunk.attempt);
      lines.append(chunk.data.subarray(Math.max(0, lines.bytes.length - Number(chunk.offset))));
      this.#tell(chunk.attempt);
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      turn = performance.now();
    }
  }

  /** The attempt whose output comes now. */
  #next(): number {
    return Math.max(1, ...this.attempts.keys());
  }

  #size(): number {
    return [...this.attempts.values()].reduce((sum, { lines }) => sum + lines.bytes.length, 0);
  }

  #written(attempt: number): Written {
    const known = this.attempts.get(attempt);
    if (known) return known;
    const made = { lines: new Lines(), version: 0, gone: false };
    this.attempts.set(attempt, made);
    return made;
  }

  #tell(attempt: number): void {
    if (!this.#grown.includes(attempt)) this.#grown = [...this.#grown, attempt];
    if (this.#frame !== undefined) return;
    this.#frame = setTimeout(() => {
      this.#frame = undefined;
      for (const number of this.#grown) {
        const written = this.attempts.get(number);
        if (written) this.attempts.set(number, { ...written, version: written.version + 1 });
      }
      this.#grown = [];
    }, FRAME_MS);
  }
}
