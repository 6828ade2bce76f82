import type { LogEntry, LogPage } from '#lib/gen/composia/v1/container_log_pb.ts';
import { Code, ConnectError } from '@connectrpc/connect';
import { faultOf, type Fault } from '#lib/rpc/fault.ts';
import { Tries } from '#lib/rpc/tries.ts';
import { Cleared } from './cleared.ts';
import { Joining, type Line } from './joining.ts';
import { LogLines } from './lines.ts';
import { isOfContainers, passes } from './passing.ts';
import { onwardQuery, PAGE, askedOf, type Question, type Read } from './question.ts';
import { againSince, Held } from './repeats.ts';
import { Rows } from './rows.ts';
import { Sources } from './source.ts';
import { faultInPage, inPage } from './words.ts';

/** So many lines are kept, of at most so many bytes. */
export const MOST = 200_000;
const MOST_BYTES = 128 * 1024 * 1024;
/** The server gives so many at most. */
const LONGEST_PAGE = 100_000;
/** So many lines are read ahead of who reads on from a moment. */
const AHEAD = 2000;
/** After so many lines that are not shown yet, no more are taken until they are. */
const AT_ONCE = 2000;
const NEVER = 1n << 62n;
const SILENCE_MS = 45_000;
/** What came in more time may be millions of lines: who reads the end is given the last ones. */
const LONG_MS = 15 * 60_000;

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
  /** Lines are here, or it is known that there are none yet. */
  begun = $state(false);
  /** All lines that it begins with are here; they may come little by little. */
  whole = $state(false);

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
  /** When the server spoke last, milliseconds of this machine. */
  #heardAt = 0;
  /** The notes that were. */
  #said: string[] = [];
  readonly #cleared = new Cleared();

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
    if (!this.begun && (before || live)) {
      const found = await this.#again(() => this.#before(before, moment ? PAGE / 2 : PAGE));
      if (!found) return;
      this.begun = this.whole = true;
    }
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
    if (!this.question.live) return;
    if (this.link === 'failed' && isOfContainers(this.fault)) {
      this.link = 'connecting';
      void this.run();
      return;
    }
    this.#tries.wake();
    this.#stream?.abort();
  }

  /** Show no lines that `hides` says; undefined shows all. */
  leaveOut(hides: ((line: number) => boolean) | undefined): void {
    this.rows.hide(hides);
    this.version += 1;
    this.#wakeUp();
  }

  /** Forget what is here, and show only what comes. */
  clear(): void {
    this.#cleared.take(this.lines);
    this.#letGo();
    this.older = 'none';
    this.note = '';
    this.#wakeUp();
  }

  /** Read the lines before the first one. */
  async loadOlder(): Promise<void> {
    if (!['more', 'failed'].includes(this.older) || !this.whole) return;
    const { oldest } = this.lines;
    if (oldest === undefined) return;
    if (this.lines.count >= this.#most) {
      this.older = 'full';
      return;
    }
    this.older = 'busy';
    this.olderFault = undefined;
    try {
      await this.#before(Number(oldest / 1_000_000n) + 1, PAGE);
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.olderFault = faultOf(thrown);
      this.older = 'failed';
    }
  }

  /** Whether there is no line that something printed. */
  get isEmpty(): boolean {
    return this.lines.oldest === undefined;
  }

  get #isAhead(): boolean {
    if (this.#following) return false;
    if (!this.question.moment) return this.lines.count >= this.#most || this.lines.bytes >= MOST_BYTES;
    // what is hidden is not read, so that it does not count, up to a point
    const unread = this.rows.count - this.rows.rowOf(this.#viewed) + this.#pending.length;
    return unread > AHEAD || this.lines.end - this.#viewed > this.#most;
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
    const { first } = this.lines;
    for (let most = tail; ; most = Math.min(LONGEST_PAGE, most * 8)) {
      const query = { ...askedOf(this.question), untilMs: BigInt(until), tail: most };
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
      const end = until ? BigInt(until) * 1_000_000n : this.lines.newest + 1n;
      const held = new Held(this.lines, 0n, end);
      const lines = read.filter((line) => held.isNew(line));
      if (!lines.length && count >= most && most < LONGEST_PAGE) continue;
      if (this.lines.first !== first) return true; // what they would stand before is gone
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
    let silent = false;
    const hush = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        silent = true;
        stream.abort();
      }, SILENCE_MS);
    };
    let anew = this.#wasLong;
    const { live, moment, since: earliest } = this.question;
    // where no cursor says where to go on, something of what is at hand comes once more
    const repeats = !this.#cursor && (this.#heard || (live && !moment));
    const since = repeats ? againSince(this.lines, this.#cleared.latest, earliest) : undefined;
    const query = onwardQuery(this.question, anew ? '' : this.#cursor, since);
    const held = since === undefined ? undefined : new Held(this.lines, since, NEVER);
    try {
      hush();
      for await (const page of this.#read(query, stream.signal)) {
        hush();
        if (anew) this.#beginAnew();
        anew = false;
        this.#take(page, held);
        if (this.#pending.length >= AT_ONCE) await this.#shown();
        if (this.#isAhead || this.#hidden) break;
      }
    } catch (thrown) {
      if (silent) throw new ConnectError('the server has fallen silent', Code.Aborted);
      if (stream.signal.aborted) return false;
      throw thrown;
    } finally {
      clearTimeout(silence);
      stream.abort();
      this.#stream = undefined;
      await this.#shown();
    }
    if (this.#isAhead || this.#hidden || this.#stop.signal.aborted) return false;
    if (!this.question.until) {
      throw live ? new ConnectError('no container has more to say', Code.Aborted) : new TypeError('it has ended');
    }
    this.link = 'ended';
    return true;
  }

  /** Nothing has been heard for long while the end was read, and older lines can be had again. */
  get #wasLong(): boolean {
    const all = this.#following && this.#cursor && !this.question.moment && !this.#cleared.latest;
    return Boolean(all) && Date.now() - this.#heardAt > LONG_MS;
  }

  #beginAnew(): void {
    this.#letGo();
    this.#cursor = '';
    this.#joining = new Joining();
    this.older = 'more';
    this.begun = this.whole = false;
  }

  #letGo(): void {
    this.lines.clear();
    this.rows.dropped();
    this.#viewed = this.lines.end;
    this.#said = [];
    this.version += 1;
  }

  #take(page: LogPage, held: Held | undefined): void {
    this.#heard = true;
    this.#heardAt = Date.now();
    this.link = 'live';
    this.fault = undefined;
    if (page.cursor) this.#cursor = page.cursor;
    if (page.note) this.#say(page.note);
    if (!page.entries.length) {
      // what is kept has been looked through; while it is, a page without lines has no cursor
      if (!page.cursor) return;
      if (!this.#pending.length) this.begun = true;
      void this.#shown().then(() => (this.whole = true));
      return;
    }
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
      return line && (!held || (!this.#cleared.has(line) && held.isNew(line))) ? line : [];
    });
    this.begun = true;
    // what is at hand already is no news: who asks containers that have ended is to ask them less and less often
    if (lines.length) this.#append(lines);
    for (const resolve of this.#drawn.splice(0)) resolve();
  }

  #append(lines: readonly Line[]): void {
    const end = this.lines.end;
    this.lines.append(lines);
    this.rows.took(end, this.lines.end);
    if (this.#following && this.lines.drop(this.#most, MOST_BYTES)) {
      this.rows.dropped();
      this.older = 'more';
    }
    this.version += 1;
  }

  /** Once each: several containers may say theirs whenever they are asked. */
  #say(said: string): void {
    const note = inPage(said);
    if (this.#said.includes(note)) return;
    this.#said.push(note);
    this.note = note;
    const end = this.lines.end;
    this.lines.note(note, this.lines.newest || BigInt(Date.now()) * 1_000_000n);
    this.rows.took(end, this.lines.end);
    this.version += 1;
  }
}
