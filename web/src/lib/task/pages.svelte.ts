import { Asked } from '#lib/rpc/asked.svelte.ts';
import { faultOf, isAbort, type Fault } from '#lib/rpc/fault.ts';

/** A page of a list, and by what the following one is asked for; empty at the end. */
export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next: string;
}

/** A list that is told page by page. Make it while a component is set up. */
export class Pages<Item> {
  /** The first page; `question` is asked again whenever something that it reads changes, and the list begins anew. */
  readonly first: Asked<PageOf<Item>>;
  /** Why a further page did not come. */
  fault = $state.raw<Fault>();
  /** A further page is on its way. */
  busy = $state(false);
  readonly #question: (after: string, signal: AbortSignal) => Promise<PageOf<Item>>;
  #later = $state.raw<readonly PageOf<Item>[]>([]);
  #stop = new AbortController();

  constructor(question: (after: string, signal: AbortSignal) => Promise<PageOf<Item>>) {
    this.#question = question;
    this.first = new Asked((signal) => question('', signal));
    $effect(() => {
      void this.first.answer;
      return () => {
        this.#stop.abort();
        this.#stop = new AbortController();
        this.#later = [];
      };
    });
  }

  get items(): readonly Item[] {
    return [...(this.first.answer?.items ?? []), ...this.#later.flatMap((page) => page.items)];
  }

  /** By what the next page is asked for; empty when there is none. */
  get next(): string {
    return (this.#later.at(-1) ?? this.first.answer)?.next ?? '';
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    const { signal } = this.#stop;
    this.busy = true;
    try {
      const page = await this.#question(this.next, signal);
      if (signal.aborted) return;
      this.#later = [...this.#later, page];
      this.fault = undefined;
    } catch (thrown) {
      if (!isAbort(thrown)) this.fault = faultOf(thrown);
    } finally {
      this.busy = false;
    }
  }
}
