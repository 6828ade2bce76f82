import { expect, it, vi } from 'vitest';
import { RequestIds } from './request-ids.ts';

it('sends the same by the same id until it was answered, and anything else by another', () => {
  const ids = new RequestIds();
  const first = ids.of({ service: 'web', nodes: ['a'] });
  expect(first).toMatchObject({ service: 'web', nodes: ['a'] });
  expect(ids.of({ service: 'web', nodes: ['a'] })).toEqual(first);
  expect(ids.of({ service: 'web', nodes: [] }).requestId).not.toBe(first.requestId);
  expect(new RequestIds().of({ service: 'web', nodes: ['a'] }).requestId).not.toBe(first.requestId);
  ids.answered({ service: 'web', nodes: ['a'] });
  expect(ids.of({ service: 'web', nodes: ['a'] }).requestId).not.toBe(first.requestId);
});

it('keeps the id of what got no answer for two minutes', () => {
  vi.useFakeTimers({ now: 0 });
  const ids = new RequestIds();
  const first = ids.of({ task: 't1' });
  vi.setSystemTime(119_000);
  expect(ids.of({ task: 't1' })).toEqual(first);
  vi.setSystemTime(240_000);
  expect(ids.of({ task: 't1' }).requestId).not.toBe(first.requestId);
  vi.useRealTimers();
});
