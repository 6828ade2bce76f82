import { faultOf, type Fault } from './fault.ts';
import { Asked } from './asked.svelte.ts';
import { joined } from './joined.ts';

interface Page<Item> {
  items: Item[];
  next: string;
}

/** The first page, and what was known to come after it when it came. */
interface First<Item> extends Page<Item> {
  of: string;
  further: Page<Item> | undefined;
}

/** How pages are kept when the first one is asked for again. */
export interface Keep<Item> {
  /** The same for the same item at any time. */
  id: (item: Item) => string;
  /** What the list is of, in words: pages of another list are not kept. */
  of: () => string;
}

/**
 * A list that comes in pages, newest first. `question` asks for the page after one; the first page is asked for again
 * whenever what it reads before its first await changes. Further pages are kept then where they go on from it, if `keep`
 * says how that is known. Make it while a component is set up.
 */
export class Pages<Item> {
  readonly first: Asked<First<Item>>;
  /** Why a further page did not come. */
  fault = $state.raw<Fault>();
  /** A further page is on its way. */
  busy = $state(false);
  #more = $state.raw<{ after: First<Item>; page: Page<Item> }>();
  readonly #question: (after: string, signal: AbortSignal) => Promise<Page<Item>>;
  readonly #keep: Keep<Item> | undefined;

  constructor(question: (after: string, signal: AbortSignal) => Promise<Page<Item>>, keep?: Keep<Item>) {
    this.#question = question;
    this.#keep = keep;
    this.first = new Asked((signal) => this.#ask(signal));
  }

  /** All items that have come. */
  get items(): readonly Item[] {
    const first = this.first.answer?.items ?? [];
    return this.#further ? [...first, ...this.#further.items] : first;
  }

  /** Whether what has come is of another list than is wanted now. */
  get isOther(): boolean {
    return this.first.answer?.of !== this.#of;
  }

  /** Whether there are more. */
  get hasMore(): boolean {
    return (this.#further ?? this.first.answer)?.next !== '' && this.first.answer !== undefined;
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    const first = this.first.answer;
    if (!first || this.busy || first.of !== this.#of) return;
    this.busy = true;
    try {
      const before = this.#further;
      const page = await this.#question((before ?? first).next, new AbortController().signal);
      this.#goOn(first, { items: [...(before?.items ?? []), ...page.items], next: page.next });
      this.fault = undefined;
    } catch (thrown) {
      this.fault = faultOf(thrown);
    }
    this.busy = false;
  }

  /** Take over further pages that go on from a first one, in the place of which another may have come meanwhile. */
  #goOn(first: First<Item>, page: Page<Item>): void {
    const now = this.first.answer ?? first;
    const known = [...first.items, ...page.items];
    const rest =
      now === first ? page.items : this.#keep && now.of === first.of && joined(now.items, known, this.#keep.id);
    if (rest) this.#more = { after: now, page: { items: rest, next: page.next } };
  }

  async #ask(signal: AbortSignal): Promise<First<Item>> {
    const of = this.#of;
    const { items, next } = await this.#question('', signal);
    return { items, next, of, further: this.#kept(items, of) };
  }

  /** The further pages that are known, as far as they go on from a new first page. */
  #kept(items: readonly Item[], of: string): Page<Item> | undefined {
    const before = this.first.answer;
    const further = this.#further;
    if (!this.#keep || !before || !further || before.of !== of) return undefined;
    const rest = joined(items, [...before.items, ...further.items], this.#keep.id);
    return rest && { items: rest, next: further.next };
  }

  get #of(): string {
    return this.#keep?.of() ?? '';
  }

  /** The pages after the present first one. */
  get #further(): Page<Item> | undefined {
    const first = this.first.answer;
    return this.#more?.after === first ? this.#more?.page : first?.further;
  }
}
