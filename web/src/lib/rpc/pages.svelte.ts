import { faultOf, type Fault } from './fault.ts';
import { Asked } from './asked.svelte.ts';

interface Page<Item> {
  items: Item[];
  next: string;
}

/**
 * A list that comes in pages, newest first. `question` asks for the page after one; the first page is asked for again
 * whenever what it reads before its first await changes. Make it while a component is set up.
 */
export class Pages<Item> {
  readonly first: Asked<Page<Item>>;
  /** Why a further page did not come. */
  fault = $state.raw<Fault>();
  /** A further page is on its way. */
  busy = $state(false);
  #more = $state.raw<{ after: Page<Item>; page: Page<Item> }>();
  readonly #question: (after: string, signal: AbortSignal) => Promise<Page<Item>>;

  constructor(question: (after: string, signal: AbortSignal) => Promise<Page<Item>>) {
    this.#question = question;
    this.first = new Asked((signal) => question('', signal));
  }

  /** All items that have come. */
  get items(): readonly Item[] {
    const first = this.first.answer?.items ?? [];
    return this.#further ? [...first, ...this.#further.items] : first;
  }

  /** Whether there are more. */
  get hasMore(): boolean {
    return (this.#further ?? this.first.answer)?.next !== '' && this.first.answer !== undefined;
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    const first = this.first.answer;
    if (!first || this.busy) return;
    this.busy = true;
    try {
      const before = this.#further;
      const page = await this.#question((before ?? first).next, new AbortController().signal);
      this.#more = { after: first, page: { items: [...(before?.items ?? []), ...page.items], next: page.next } };
      this.fault = undefined;
    } catch (thrown) {
      this.fault = faultOf(thrown);
    }
    this.busy = false;
  }

  /** The pages after the first, as long as they are those of the present one. */
  get #further(): Page<Item> | undefined {
    return this.#more && this.#more.after === this.first.answer ? this.#more.page : undefined;
  }
}
