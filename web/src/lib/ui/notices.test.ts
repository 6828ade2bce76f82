import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { notices } from './notices.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  for (const notice of notices.shown) notices.close(notice.id);
  vi.useRealTimers();
});

const texts = () => notices.shown.map((notice) => notice.text);

it('closes what went well by itself, and nothing that went wrong or goes on', () => {
  notices.say('ok', 'done');
  notices.say('bad', 'failed');
  const going = notices.say('busy', 'going on', { progress: '0 of 2 done' });
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual(['failed', 'going on']);
  notices.change(going, { tone: 'ok', text: 'both done', progress: '' });
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual(['failed', 'both done']);
});

it('makes room by what does not go on', () => {
  notices.say('busy', 'going on', { progress: '0 of 2 done' });
  for (const text of ['one', 'two', 'three']) notices.say('bad', text);
  expect(texts()).toEqual(['going on', 'two', 'three']);
});

it('does not bring back what was closed', () => {
  const going = notices.say('busy', 'going on', { progress: '0 of 2 done' });
  notices.close(going);
  notices.change(going, { progress: '1 of 2 done' });
  expect([notices.has(going), texts()]).toEqual([false, []]);
});
