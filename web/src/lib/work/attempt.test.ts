import { expect, it } from 'vitest';
import { notices } from '#lib/ui/notices.svelte.ts';
import { attempt } from './attempt.ts';

it('does once what is pressed twice, and once more when that has ended', async () => {
  const done: string[] = [];
  let end: () => void = () => undefined;
  const slow = () => new Promise<void>((resolve) => (end = resolve));
  const first = attempt('retry d1', () => (done.push('first'), slow()));
  await attempt('retry d1', () => Promise.resolve(done.push('second')));
  await attempt('retry d2', () => Promise.resolve(done.push('another')));
  expect(done).toEqual(['first', 'another']);
  end();
  await first;
  await attempt('retry d1', () => Promise.resolve(done.push('third')));
  expect(done).toEqual(['first', 'another', 'third']);
});

it('says what goes wrong, and does not keep it from being done again', async () => {
  await attempt('retry d1', () => Promise.reject(new TypeError('no network')));
  expect(notices.shown.map((notice) => [notice.tone, notice.text])).toEqual([['bad', 'the server cannot be reached']]);
  let done = false;
  await attempt('retry d1', () => Promise.resolve((done = true)));
  expect(done).toBe(true);
});
