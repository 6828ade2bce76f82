import { expect, it } from 'vitest';
import { Tries } from './tries.ts';

it('waits longer and longer, but never for long, and shortly again once it went well', () => {
  const tries = new Tries();
  const waits = Array.from({ length: 12 }, () => tries.next());
  expect(waits[0]).toBeLessThanOrEqual(450);
  expect(Math.max(...waits)).toBeLessThanOrEqual(22_500);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(7500);
  tries.succeeded();
  expect(tries.next()).toBeLessThanOrEqual(450);
});

it('waits until it is woken', async () => {
  const tries = new Tries();
  const waiting = tries.wait(Infinity);
  tries.wake();
  await waiting;
  tries.wake();
  await tries.wait(1);
});
