import { Code, ConnectError } from '@connectrpc/connect';
import { WatchTopic, type WatchEvent } from '#lib/gen/composia/v1/server_pb.ts';
import { fault, faultOf, type Fault } from '#lib/rpc/fault.ts';
import { server } from '#lib/rpc/client.ts';
import { Tries } from '#lib/rpc/tries.ts';
import { updated } from '#lib/shell/updated.svelte.ts';
import { fleet } from './fleet.svelte.ts';
import { askInfo } from './info.ts';

/** The server says something every 15 s at the latest; after so much silence the stream counts as broken. */
const SILENCE_MS = 45_000;
/** After so much silence a tab that is seen again does not trust its stream. */
const SPOKEN_MS = 20_000;
/** A tab that is not seen lets go of its stream after so long. */
const HIDDEN_MS = 30_000;

const TOPICS = [WatchTopic.WORK, WatchTopic.SERVICES, WatchTopic.NODES, WatchTopic.USAGE, WatchTopic.REPOSITORY];

/**
 * The one stream of this tab. It resumes where it was, lets go while nobody looks, and says at any time whether what is
 * shown is live.
 */
class Watch {
  /**
   * `connecting` before the first event; `live`; `resting` while the tab is hidden; `catching-up` until the first event after
   * that or after a break; `lost` while the server does not answer.
   */
  link = $state<'connecting' | 'live' | 'resting' | 'catching-up' | 'lost'>('connecting');
  /** Since when what is shown is not live, in milliseconds of this machine; 0 while it is. */
  since = $state(0);
  /** Why the stream broke. */
  fault = $state.raw<Fault>();
  /** When it is tried again, in milliseconds of this machine. */
  next = $state(0);
  /** Called when the session is no longer good. */
  onSignedOut: () => void = () => undefined;

  #cursor = '';
  #stream: AbortController | undefined;
  #drawing = false;
  /** The stream was ended to begin another one at once. */
  #anew = false;
  readonly #tries = new Tries();
  /** What has come and is not shown yet. */
  #events: WatchEvent[] = [];
  /** When the server said something last, in milliseconds of this machine. */
  #heardAt = 0;
  /** The loop that is on; one that was stopped may still be on its way out. */
  #running: symbol | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    document.addEventListener('visibilitychange', () => this.#seen());
    addEventListener('online', () => document.hidden || this.retry());
  }

  /** Begin, unless it has begun. */
  start(): void {
    if (this.#running) return;
    const mine = (this.#running = Symbol('a run'));
    this.#seen();
    void this.#run(mine);
  }

  /** Try now, if it is waiting to. */
  retry(): void {
    this.#tries.wake();
  }

  /** End it, for who has signed out. */
  stop(): void {
    this.#running = undefined;
    // what is shown when it begins again is old until it has heard something
    if (this.link !== 'connecting') this.#notLive('catching-up');
    this.#stream?.abort();
    this.#tries.wake();
  }

  #seen(): void {
    clearTimeout(this.#hidden);
    if (document.hidden) this.#hidden = setTimeout(() => this.#rest(), HIDDEN_MS);
    else if (this.link === 'live' && Date.now() - this.#heardAt > SPOKEN_MS) this.#wakeUp();
    else this.retry();
  }

  /** The browser has kept the tab from running: what it shows is as old as the last word. */
  #wakeUp(): void {
    this.since = this.#heardAt;
    this.link = 'catching-up';
    this.#anew = true;
    this.#stream?.abort();
  }

  #rest(): void {
    if (!document.hidden || !this.#running) return;
    this.#notLive('resting');
    this.#stream?.abort();
  }

  async #run(mine: symbol): Promise<void> {
    while (this.#running === mine) {
      if (document.hidden && this.link === 'resting') {
        await this.#tries.wait(Infinity);
        this.link = 'catching-up';
        continue;
      }
      const heard = await this.#listen();
      if (this.#running !== mine) return;
      if (heard) this.#tries.succeeded();
      if (this.link === 'resting' && document.hidden) continue;
      if (this.#anew) continue;
      this.#notLive('lost');
      const wait = this.#tries.next();
      this.next = Date.now() + wait;
      await this.#tries.wait(wait);
    }
  }

  /** Take in the stream until it breaks; whether it has said anything. */
  async #listen(): Promise<boolean> {
    const stream = (this.#stream = new AbortController());
    this.#events = []; // what the stream before it has said comes again
    this.#anew = false;
    let heard = false;
    let silent = false;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const hush = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        silent = true;
        stream.abort();
      }, SILENCE_MS);
    };
    hush();
    try {
      for await (const event of server.watch(
        { cursor: this.#cursor, topics: TOPICS, bareNodes: true },
        { signal: stream.signal }
      )) {
        heard = true;
        this.#heardAt = Date.now();
        hush();
        this.#take(event);
      }
      this.fault = undefined;
    } catch (thrown) {
      this.fault = silent ? fault('unreachable', 'the server has fallen silent') : faultOf(thrown);
      if (ConnectError.from(thrown).code === Code.Unauthenticated) {
        this.stop();
        this.onSignedOut();
      }
    } finally {
      clearTimeout(silence);
      // nor is the page live by what is not shown yet of a stream that broke
      if (this.#stream === stream) this.#events = [];
    }
    return heard;
  }

  /** Events are taken over together, once a frame, and none before all of a snapshot has come; a hidden tab has no frames. */
  #take(event: WatchEvent): void {
    this.#events.push(event);
    if (event.more || this.#drawing) return;
    this.#drawing = true;
    if (document.hidden) setTimeout(() => this.#apply());
    else requestAnimationFrame(() => this.#apply());
  }

  #apply(): void {
    this.#drawing = false;
    const whole = this.#events.findLastIndex((event) => !event.more) + 1;
    const events = this.#events.splice(0, whole);
    if (!events.length) return; // the stream broke meanwhile
    for (const event of events) {
      fleet.apply(event);
      this.#cursor = event.cursor;
    }
    if (this.link !== 'live') void this.#live();
  }

  async #live(): Promise<void> {
    this.link = 'live';
    this.since = 0;
    this.fault = undefined;
    try {
      updated.check((await askInfo()).version);
    } catch (thrown) {
      this.fault = faultOf(thrown); // the stream will break too, and say so
    }
  }

  #notLive(link: 'resting' | 'catching-up' | 'lost'): void {
    if (this.link !== 'connecting' || link === 'lost') this.link = link;
    this.since ||= Date.now();
  }
}

export const watch = new Watch();
