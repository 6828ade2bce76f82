import { expect, it } from 'vitest';
import { exact, millis, written } from './times.ts';

const AT = BigInt(Date.parse('2026-11-26T07:00:01.045Z')) * 1_000_000n + 6_789n;

it('writes the time of a line to the millisecond, and exactly', () => {
  expect(written(AT, 'clock')).toMatch(/^\d\d:\d\d:01\.045$/);
  expect(written(AT, 'full')).toMatch(/^2026-11-2\d \d\d:\d\d:01\.045$/);
  expect(exact(AT)).toBe('2026-11-26T07:00:01.045006789Z');
  expect(millis(AT)).toBe(Date.parse('2026-11-26T07:00:01.045Z'));
});
