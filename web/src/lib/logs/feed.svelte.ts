import type { LogEntry, LogPage } from '#lib/gen/composia/v1/container_log_pb.ts';
import { faultOf, type Fault } from '#lib/rpc/fault.ts';
import { Tries } from '#lib/rpc/tries.ts';
import { Joining, type Line } from './joining.ts';
import { LogLines } from './lines.ts';
import type { Query, Question, Read } from './question.ts';
import { Held } from './repeats.ts';
import { Rows } from './rows.ts';
import { Sources } from './source.ts';
import { faultInPage, inPage } from './words.ts';

/** So many lines are kept, of at most so many bytes. */
export const MOST = 200_000;
const MOST_BYTES = 128 * 1024 * 1024;
/** So many lines are asked for at once. */
export const PAGE = 500;
/** The server gives so many at most. */
const LONGEST_PAGE = 100_000;
/** So many lines are read ahead of who reads on from a moment. */
const AHEAD = 2000;
/** After so many lines that are not shown yet, no more are taken until they are. */
const AT_ONCE = 2000;
/** Containers that are asked again are asked for so much of what they have said. */
const AGAIN_NS = 60_000_000_000n;
const NEVER = 1n << 62n;
const SILENCE_MS = 45_000;
/** What may be over in a while. */
const PASSING = [
  'unreachable',
  'unavailable',
  'timed_out',
  'too_often',
  'internal',
  'cancelled',
  'canceled',
  'aborted'
];

/**
 * The lines of one question: first the last ones, or those around a moment, then what comes; older ones when they are wanted.
 *
 * After a break it goes on behind the last page, without gap or repeat. While nobody reads the end it stops taking lines once
 * it holds enough.
 */
export class Feed {
  readonly lines = new LogLines();
  readonly sources = new Sources();
  readonly rows = new Rows(this.lines);
  /** Counts what changes in them. */
  version = $state(0);
  /**
   * `ahead`: enough has been taken until somebody reads on; `resting`: the tab is hidden; `lost`: it is tried again at `next`;
   * `ended`: there is no more; `failed`: it cannot be asked so.
   */
  link = $state<'connecting' | 'live' | 'ahead' | 'resting' | 'lost' | 'ended' | 'failed'>('connecting');
  fault = $state.raw<Fault>();
  /** When it is tried again, milliseconds of this machine. */
  next = $state(0);
  /** What there was to say last. */
  note = $state('');
  /** Whether there may be lines before the first one. */
  older = $state<'more' | 'busy' | 'none' | 'full' | 'failed'>('more');
  olderFault = $state.raw<Fault>();
  /** The first answer is here. */
  begun = $state(false);

  readonly question: Question;
  readonly #read: Read;
  readonly #frame: (run: () => void) => void;
  readonly #stop = new AbortController();
  #stream: AbortController | undefined;
  readonly #tries = new Tries();
  #joining = new Joining();
  #pending: LogEntry[] = [];
  #drawn: (() => void)[] = [];
  #cursor = '';
  #following = true;
  #viewed = 0;
  #hidden = false;
  #heard = false;
  #reopened = false;

  readonly #most: number;

  /** `frame` calls back when what has come may be shown; `most` lines are kept. */
  constructor(question: Question, read: Read, frame: (run: () => void) => void, most = MOST) {
    this.#most = most;
    this.question = question;
    this.#read = read;
    this.#frame = frame;
  }

  /** Ask, until it is stopped. */
  async run(): Promise<void> {
    const { moment, until, live } = this.question;
    const before = moment || until;
    if (before || live) {
      const found = await this.#again(() => this.#before(before, moment ? PAGE / 2 : PAGE));
      if (!found) return;
    }
    this.begun = true;
    if (until && !moment) this.link = 'ended';
    else await this.#again(() => this.#onward());
  }

  stop(): void {
    this.#stop.abort();
    this.#stream?.abort();
    this.#tries.wake();
  }

  /** Try now, if it is waiting to. */
  retry(): void {
    this.#tries.wake();
  }

  /** Whether the end is read: only then the oldest lines are let go of. */
  follow(on: boolean): void {
    this.#following = on;
    if (on) this.#wakeUp();
  }

  /** The last line that somebody sees. */
  viewed(line: number): void {
    this.#viewed = line;
    this.#wakeUp();
  }

  /** The tab is hidden, or seen again. */
  hide(on: boolean): void {
    this.#hidden = on;
    if (on && !this.#stop.signal.aborted && this.#stream) {
      this.link = 'resting';
      this.#stream.abort();
    }
    if (!on) this.#wakeUp();
  }

  /** Containers have come or gone: who asks them asks all that there are now. */
  reopen(): void {
    if (!this.question.live || !this.#stream) return;
    this.#reopened = true;
    this.#stream.abort();
  }

  /** Forget what is here, and show only what comes. */
  clear(): void {
    this.lines.clear();
    this.rows.dropped();
    this.older = 'none';
    this.note = '';
    this.version += 1;
  }

  /** Read the lines before the first one. */
  async loadOlder(): Promise<void> {
    if (!['more', 'failed'].includes(this.older) || !this.begun || !this.lines.count) return;
    if (this.lines.count >= this.#most) {
      this.older = 'full';
      return;
    }
    this.older = 'busy';
    this.olderFault = undefined;
    const until = Number(this.#oldest() / 1_000_000n) + 1;
    try {
      await this.#before(until, PAGE);
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.olderFault = faultOf(thrown);
      this.older = 'failed';
    }
  }

  /** Whether there is a line that something printed. */
  get isEmpty(): boolean {
    const { first, end } = this.lines;
    for (let line = first; line < end; line += 1) if (!this.lines.isNote(line)) return false;
    return true;
  }

  get #isAhead(): boolean {
    if (this.#following) return false;
    if (this.question.moment) return this.lines.end + this.#pending.length - this.#viewed > AHEAD;
    return this.lines.count >= this.#most || this.lines.bytes >= MOST_BYTES;
  }

  #wakeUp(): void {
    if ((this.link === 'ahead' && !this.#isAhead) || (this.link === 'resting' && !this.#hidden)) this.#tries.wake();
  }

  /** Do it, again and again while the server cannot be reached; whether it was done. */
  async #again(ask: () => Promise<unknown>): Promise<boolean> {
    this.#tries.succeeded();
    while (!this.#stop.signal.aborted) {
      const version = this.version;
      try {
        await ask();
        return !this.#stop.signal.aborted;
      } catch (thrown) {
        if (this.#stop.signal.aborted) return false;
        this.fault = faultInPage(faultOf(thrown));
        if (!passes(this.fault)) {
          this.link = 'failed';
          this.begun = true;
          return false;
        }
      }
      if (version !== this.version) this.#tries.succeeded();
      const wait = this.#tries.next();
      this.link = 'lost';
      this.next = Date.now() + wait;
      await this.#tries.wait(wait);
    }
    return false;
  }

  /** Put the last `tail` lines before a time (milliseconds UTC; 0 is now) before the first one. */
  async #before(until: number, tail: number): Promise<true> {
    for (let most = tail; ; most = Math.min(LONGEST_PAGE, most * 8)) {
      const query = { ...this.#query(), untilMs: BigInt(until), tail: most };
      const joining = new Joining();
      const read: Line[] = [];
      let count = 0;
      for await (const page of this.#read(query, this.#stop.signal)) {
        count += page.entries.length;
        if (page.note && !this.begun) this.#say(page.note);
        for (const entry of page.entries) {
          const line = joining.add(entry, this.sources.numberOf(entry));
          if (line) read.push(line);
        }
      }
      read.push(...joining.end());
      const end = until ? BigInt(until) * 1_000_000n : this.#newest() + 1n;
      const held = new Held(this.lines, 0n, end);
      const lines = read.filter((line) => held.isNew(line));
      if (!lines.length && count >= most && most < LONGEST_PAGE) continue;
      const first = this.lines.first;
      this.lines.prepend(lines);
      this.rows.took(this.lines.first, first);
      this.older = count < most ? 'none' : 'more';
      this.version += 1;
      return true;
    }
  }

  /** Take what comes, until there is no more. */
  async #onward(): Promise<void> {
    for (;;) {
      while (this.#hidden || this.#isAhead) {
        this.link = this.#hidden ? 'resting' : 'ahead';
        await this.#tries.wait(Infinity);
        if (this.#stop.signal.aborted) return;
      }
      if (this.link !== 'lost') this.link = 'connecting';
      if (await this.#listen()) return;
      if (this.#stop.signal.aborted) return;
    }
  }

  /** Take in one stream; whether there is no more. Throws when it breaks. */
  async #listen(): Promise<boolean> {
    const stream = (this.#stream = new AbortController());
    let silence: ReturnType<typeof setTimeout> | undefined;
    const hush = () => {
      clearTimeout(silence);
      silence = setTimeout(() => stream.abort(new Error('silence')), SILENCE_MS);
    };
    const since = this.#againSince();
    const held = since === undefined ? undefined : new Held(this.lines, since, NEVER);
    try {
      hush();
      for await (const page of this.#read(this.#onwardQuery(since), stream.signal)) {
        hush();
        this.#take(page, held);
        if (this.#pending.length >= AT_ONCE) await this.#shown();
        if (this.#isAhead || this.#hidden) break;
      }
    } catch (thrown) {
      if (this.#reopened || this.#hidden || this.#stop.signal.aborted) return (this.#reopened = false);
      throw thrown;
    } finally {
      clearTimeout(silence);
      stream.abort();
      this.#stream = undefined;
      await this.#shown();
    }
    if (this.#isAhead || this.#hidden || this.#stop.signal.aborted) return false;
    if (!this.question.until) throw new TypeError('the stream has ended');
    this.link = 'ended';
    return true;
  }

  #query(): Query {
    const { services, nodes, containers, text, regex, ignoreCase, since, live } = this.question;
    return {
      services: [...services],
      nodes: [...nodes],
      containers: [...containers],
      grep: text,
      regex: regex && text !== '',
      ignoreCase: ignoreCase && text !== '',
      sinceMs: BigInt(since),
      live
    };
  }

  /** `again`: from when on what is at hand comes once more. */
  #onwardQuery(again: bigint | undefined): Query {
    const { moment, until, since, live } = this.question;
    const query = { ...this.#query(), follow: !until, untilMs: BigInt(until), cursor: this.#cursor };
    if (again !== undefined) return { ...query, sinceMs: again / 1_000_000n };
    if (moment) return { ...query, sinceMs: BigInt(Math.max(since, moment)) };
    return { ...query, tail: live ? 0 : PAGE };
  }

  /** From when on to ask where no cursor says it, nanoseconds UTC; undefined when all that comes is new. */
  #againSince(): bigint | undefined {
    const { live, moment, since } = this.question;
    if (this.#cursor || !this.lines.count || !(this.#heard || (live && !moment))) return undefined;
    const times = [this.#newest() - AGAIN_NS, this.#oldest(), BigInt(since) * 1_000_000n];
    const latest = times.reduce((a, b) => (a > b ? a : b));
    return latest - (latest % 1_000_000n);
  }

  #take(page: LogPage, held: Held | undefined): void {
    this.begun = true;
    this.#heard = true;
    this.link = 'live';
    this.fault = undefined;
    if (page.cursor) this.#cursor = page.cursor;
    if (page.note) this.#say(page.note);
    if (!page.entries.length) return;
    this.#pending.push(...page.entries);
    if (this.#pending.length === page.entries.length) this.#frame(() => this.#draw(held));
  }

  /** All that has come is shown. */
  async #shown(): Promise<void> {
    if (this.#pending.length) await new Promise<void>((resolve) => this.#drawn.push(resolve));
  }

  #draw(held: Held | undefined): void {
    const entries = this.#pending;
    this.#pending = [];
    const lines = entries.flatMap((entry) => {
      const line = this.#joining.add(entry, this.sources.numberOf(entry));
      return line && (held?.isNew(line) ?? true) ? line : [];
    });
    const end = this.lines.end;
    this.lines.append(lines);
    this.rows.took(end, this.lines.end);
    if (this.#following && this.lines.drop(this.#most, MOST_BYTES)) {
      this.rows.dropped();
      this.older = 'more';
    }
    this.version += 1;
    for (const resolve of this.#drawn.splice(0)) resolve();
  }

  #say(said: string): void {
    const note = inPage(said);
    if (note === this.note) return;
    this.note = note;
    const end = this.lines.end;
    this.lines.note(note, this.#newest() || BigInt(Date.now()) * 1_000_000n);
    this.rows.took(end, this.lines.end);
    this.version += 1;
  }

  /** The time of the first line. */
  #oldest(): bigint {
    let number = this.lines.first;
    while (number < this.lines.end - 1 && this.lines.isNote(number)) number += 1;
    return this.lines.at(number);
  }

  #newest(): bigint {
    let newest = 0n;
    for (let number = Math.max(this.lines.first, this.lines.end - 1000); number < this.lines.end; number += 1) {
      const at = this.lines.at(number);
      if (!this.lines.isNote(number) && at > newest) newest = at;
    }
    return newest;
  }
}

function passes(fault: Fault): boolean {
  return PASSING.includes(fault.code);
}
