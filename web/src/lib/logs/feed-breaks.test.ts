import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { begin, Log, numbers, refusal, sleep, texts, until } from './testing.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a feed that asks containers', () => {
  it('goes on once there are some again, with the lines that it has', async () => {
    const log = new Log(1000, false);
    const feed = begin(log, { live: true });
    await until(() => feed.link === 'live' && feed.lines.count === 500);
    for (const code of ['not_possible', 'not_found']) {
      log.refuse = refusal(code);
      feed.reopen();
      await until(() => feed.link === 'failed');
      expect(texts(feed)).toEqual(numbers(500, 1000));
    }
    log.refuse = undefined;
    log.count = 1100;
    feed.reopen();
    await until(() => feed.lines.count === 600 && feed.link === 'live');
    expect([texts(feed), feed.fault]).toEqual([numbers(500, 1100), undefined]);
    feed.stop();
  });

  it('begins once there are some', async () => {
    const log = new Log(1000, false);
    log.refuse = refusal('not_possible');
    const feed = begin(log, { live: true });
    await until(() => feed.link === 'failed');
    log.refuse = undefined;
    feed.reopen();
    await until(() => feed.link === 'live');
    expect(texts(feed)).toEqual(numbers(500, 1000));
    feed.stop();
  });

  it('asks those that have stopped less and less often, shows nothing twice, and is told when one runs again', async () => {
    vi.useFakeTimers();
    const log = new Log(1000, false);
    log.notes = ['app on n1: it is not there', 'db on n1: it is not there'];
    log.ended = true;
    const feed = begin(log, { live: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log.asked.length).toBeGreaterThan(4);
    expect(log.asked.length).toBeLessThan(30);
    expect(texts(feed).filter((one) => typeof one === 'string')).toEqual(log.notes.map((note) => `note: ${note}`));
    expect(texts(feed).filter((one) => typeof one === 'number')).toEqual(numbers(500, 1000));
    expect([feed.link, feed.fault?.message]).toEqual(['lost', 'no container has more to say']);
    const asked = log.asked.length;
    log.ended = false;
    feed.reopen();
    await vi.advanceTimersByTimeAsync(10);
    expect([feed.link, log.asked.length]).toEqual(['live', asked + 1]);
    feed.stop();
  });

  it('keeps what was cleared away when it asks again', async () => {
    const log = new Log(1000, false);
    const feed = begin(log, { live: true });
    await until(() => feed.link === 'live' && feed.lines.count === 500);
    feed.clear();
    const asked = log.asked.length;
    feed.reopen();
    await until(() => log.asked.length > asked && feed.link === 'live');
    await sleep(10);
    expect(texts(feed)).toEqual([]);
    log.count = 1010;
    await until(() => feed.lines.count > 0);
    expect(texts(feed)).toEqual(numbers(1000, 1010));
    feed.stop();
  });
});

describe('a feed that waits for its reader', () => {
  it('reads on over lines that are hidden', async () => {
    const feed = begin(new Log(20_000), { moment: 5000 });
    feed.leaveOut((line) => {
      const number = Number(new TextDecoder().decode(feed.lines.data(line)).slice(5));
      return number >= 5100 && number < 12_000;
    });
    feed.follow(false);
    await until(() => feed.link === 'ahead');
    expect(texts(feed).at(-1)).toBeGreaterThan(12_000);
    expect(feed.rows.count).toBeLessThan(3000);
    feed.stop();
  });

  it('reads on when what it holds is hidden', async () => {
    const feed = begin(new Log(20_000), { moment: 5000 });
    feed.follow(false);
    await until(() => feed.link === 'ahead');
    feed.leaveOut(() => true);
    await until(() => feed.lines.end === 15_000);
    expect([feed.link, feed.rows.count]).toEqual(['live', 0]);
    feed.stop();
  });

  it('reads on when all is cleared away', async () => {
    const feed = begin(new Log(20_000), { moment: 5000 });
    feed.follow(false);
    await until(() => feed.link === 'ahead');
    const last = Number(texts(feed).at(-1));
    feed.clear();
    await until(() => feed.lines.count > 0 && feed.link === 'ahead');
    expect(texts(feed)).toEqual(numbers(last + 1, last + 1 + feed.lines.count));
    feed.stop();
    const log = new Log(500, true, 1000);
    const full = begin(log, {}, 2000);
    await until(() => full.lines.count === 500);
    full.follow(false);
    log.count = 9000;
    await until(() => full.link === 'ahead');
    full.clear();
    await until(() => full.lines.count > 0);
    full.stop();
  });

  it('does not bring back older lines that were asked for before all was cleared away', async () => {
    const feed = begin(new Log(1200));
    await until(() => feed.whole);
    const older = feed.loadOlder();
    expect(feed.older).toBe('busy');
    feed.clear();
    await older;
    expect([texts(feed), feed.older]).toEqual([[], 'none']);
    feed.stop();
  });
});

describe('a feed after a break', () => {
  it('of a moment has not failed', async () => {
    const log = new Log(600);
    const feed = begin(log);
    await until(() => feed.lines.count === 500);
    feed.hide(true);
    feed.hide(false);
    await until(() => log.asked.length === 2 && feed.link === 'live');
    expect(feed.next).toBe(0);
    feed.stop();
  });

  it('that was long begins with the last lines again for who reads the end, and with what is missing for who does not', async () => {
    const log = new Log(1000);
    const feed = begin(log);
    const reading = begin(log);
    await until(() => feed.lines.count === 500 && reading.lines.count === 500);
    reading.follow(false);
    for (const one of [feed, reading]) one.hide(true);
    await until(() => feed.link === 'resting' && reading.link === 'resting');
    log.count = 9000;
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 20 * 60_000);
    for (const one of [feed, reading]) one.hide(false);
    await until(() => feed.link === 'live' && feed.whole && reading.lines.count === 8500);
    expect([texts(feed), feed.older]).toEqual([numbers(8500, 9000), 'more']);
    expect(texts(reading)).toEqual(numbers(500, 9000));
    await feed.loadOlder();
    expect(texts(feed)).toEqual(numbers(8001, 9000));
    log.count = 9010;
    await until(() => feed.lines.count === 1009);
    feed.stop();
    reading.stop();
  });

  it('that was long keeps its lines until the server is there again', async () => {
    const log = new Log(1000);
    const feed = begin(log);
    await until(() => feed.lines.count === 500);
    log.refuse = new ConnectError('gone', Code.Unavailable);
    feed.hide(true);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 20 * 60_000);
    feed.hide(false);
    await until(() => feed.link === 'lost');
    expect(texts(feed)).toEqual(numbers(500, 1000));
    feed.stop();
  });
});
