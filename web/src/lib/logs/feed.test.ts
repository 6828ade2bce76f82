import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { LogPageSchema } from '#lib/gen/composia/v1/container_log_pb.ts';
import { Feed } from './feed.svelte.ts';
import { begin, Log, numbers, QUESTION, sleep, texts, until } from './testing.ts';

const MOST = 10_000;

describe('a feed', () => {
  it('shows the last lines, then what comes', async () => {
    const log = new Log(3000);
    const feed = begin(log);
    await until(() => feed.lines.count === 500);
    log.count = 3100;
    await until(() => feed.lines.count === 600);
    expect(texts(feed)).toEqual(numbers(2500, 3100));
    expect(feed.link).toBe('live');
    feed.stop();
  });

  it('goes on behind the last page after a break, without gap or repeat', async () => {
    const log = new Log(1000);
    log.breaks = [500, 100, 0, 300];
    const feed = begin(log);
    await until(() => feed.lines.count === 500 && feed.link === 'lost');
    log.count = 1500;
    await until(() => feed.lines.count === 1000 && feed.link === 'live');
    expect(texts(feed)).toEqual(numbers(500, 1500));
    expect(log.asked.slice(1).every((query) => query.cursor !== '')).toBe(true);
    feed.stop();
  });

  it('asks containers again for what they have just said, and shows nothing twice', async () => {
    const log = new Log(1000, false);
    log.breaks = [10, 100];
    const feed = begin(log, { live: true });
    await until(() => feed.lines.count === 500);
    log.count = 1300;
    await until(() => feed.lines.count === 800);
    log.count = 1400;
    await until(() => feed.lines.count === 900);
    expect(texts(feed)).toEqual(numbers(500, 1400));
    feed.stop();
  });

  it('reads older lines when they are wanted, until there are none', async () => {
    const log = new Log(1200);
    const feed = begin(log);
    await until(() => feed.whole);
    await feed.loadOlder();
    expect([texts(feed), feed.older]).toEqual([numbers(201, 1200), 'more']);
    await feed.loadOlder();
    expect([texts(feed), feed.older]).toEqual([numbers(0, 1200), 'none']);
    const asked = log.asked.length;
    await feed.loadOlder();
    expect(log.asked.length).toBe(asked);
    feed.stop();
  });

  it('reads no older lines while the last ones still come', async () => {
    const log = new Log(1200, true, 10);
    log.breaks = [20];
    const feed = begin(log);
    await until(() => feed.lines.count === 20 && feed.link === 'lost');
    await feed.loadOlder();
    expect([texts(feed), log.asked.length]).toEqual([numbers(700, 720), 1]);
    await until(() => feed.whole);
    expect(texts(feed)).toEqual(numbers(700, 1200));
    await feed.loadOlder();
    expect(texts(feed)).toEqual(numbers(201, 1200));
    feed.stop();
  });

  it('begins at a moment, and reads on only as far as somebody does', async () => {
    const log = new Log(20_000);
    const feed = begin(log, { moment: 5000 });
    feed.follow(false);
    await until(() => feed.link === 'ahead');
    const read = feed.lines.count;
    expect(read).toBeLessThan(3000);
    expect(texts(feed)).toEqual(numbers(4750, 4750 + read));
    feed.viewed(feed.lines.end - 1);
    await until(() => feed.lines.count > read);
    await until(() => feed.link === 'ahead');
    expect(texts(feed)).toEqual(numbers(4750, 4750 + feed.lines.count));
    feed.stop();
  });

  it('ends where its range does', async () => {
    const feed = begin(new Log(5000), { since: 1000, until: 1300 });
    await until(() => feed.link === 'ended');
    expect([texts(feed), feed.older]).toEqual([numbers(1000, 1300), 'none']);
    const around = begin(new Log(5000), { since: 1000, until: 1300, moment: 1100 });
    await until(() => around.link === 'ended');
    expect(texts(around)).toEqual(numbers(1000, 1300));
  });

  it('keeps so many lines at most: it lets go of the oldest, or waits while somebody reads them', async () => {
    const log = new Log(MOST + 2_000, true, 1000);
    const feed = begin(log, { moment: 1 }, MOST);
    await until(() => feed.lines.end === MOST + 1_999);
    expect(feed.lines.count).toBeLessThanOrEqual(MOST);
    expect(texts(feed).at(-1)).toBe(MOST + 1_999);
    feed.stop();
    const reading = new Log(500, true, 1000);
    const paused = begin(reading, {}, MOST);
    await until(() => paused.lines.count === 500);
    paused.follow(false);
    reading.count = MOST + 8_000;
    await until(() => paused.link === 'ahead');
    expect([paused.lines.first, texts(paused)[0]]).toEqual([0, 0]);
    expect(paused.lines.count).toBeLessThan(MOST + 6000);
    paused.stop();
  });

  it('lets go of its stream while nobody looks, and catches up', async () => {
    const log = new Log(600);
    const feed = begin(log);
    await until(() => feed.lines.count === 500);
    feed.hide(true);
    await until(() => feed.link === 'resting');
    log.count = 700;
    const asked = log.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([log.asked.length, feed.lines.count]).toEqual([asked, 500]);
    feed.hide(false);
    await until(() => feed.lines.count === 600);
    expect(texts(feed)).toEqual(numbers(100, 700));
    feed.stop();
  });

  it('says what there is to say once, as a line', async () => {
    const log = new Log(2);
    log.notes = ['nothing is kept'];
    log.breaks = [2];
    const feed = begin(log);
    await until(() => log.asked.length > 1 && feed.link === 'live');
    expect(texts(feed)).toEqual(['note: nothing is kept', 0, 1]);
    feed.stop();
  });

  it('does not ask again for what cannot be asked', async () => {
    const log = new Log(2);
    log.refuse = new ConnectError('no regular expression', Code.InvalidArgument);
    const feed = begin(log);
    await until(() => feed.link === 'failed');
    expect([feed.fault?.message, log.asked.length]).toEqual(['no regular expression', 1]);
    feed.reopen();
    expect([feed.link, log.asked.length]).toEqual(['failed', 1]);
  });

  it('says that there are no lines only once what is kept has been looked through', async () => {
    let look = (): void => undefined;
    const looked = new Promise<void>((resolve) => (look = resolve));
    const read = async function* () {
      yield create(LogPageSchema, { note: 'it may take a while' });
      yield create(LogPageSchema);
      await looked;
      yield create(LogPageSchema, { cursor: '1.1' });
      await new Promise(() => undefined);
    };
    const feed = new Feed(QUESTION, read, (run) => setTimeout(run));
    void feed.run();
    expect(feed.begun).toBe(false);
    await until(() => feed.link === 'live');
    await sleep(10);
    expect(feed.begun).toBe(false);
    look();
    await until(() => feed.begun);
    expect(feed.isEmpty).toBe(true);
    feed.stop();
  });

  it('has begun with the lines that it has, in one piece', async () => {
    const log = new Log(50);
    let draw = (): void => undefined;
    const feed = new Feed(QUESTION, log.read, (run) => (draw = run));
    void feed.run();
    await until(() => feed.link === 'live');
    await sleep(10);
    expect([feed.begun, feed.isEmpty]).toEqual([false, true]);
    draw();
    expect(feed.begun).toBe(true);
    expect(texts(feed)).toEqual(numbers(0, 50));
    feed.stop();
  });
});
