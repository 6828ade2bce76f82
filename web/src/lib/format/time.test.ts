import { describe, expect, it } from 'vitest';
import { age, duration, uptime } from './time.ts';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [4200, '4.2 s'],
    [9960, '10 s'],
    [38_400, '38 s'],
    [192_000, '3m 12s'],
    [18_540_000, '5h 9m'],
    [1_051_200_000, '12d 4h'],
    [-5, '0 ms']
  ])('of %d ms is %s', (millis, text) => expect(duration(millis)).toBe(text));
});

describe('an age', () => {
  it.each([
    [4999, 'now'],
    [38_000, '38 s'],
    [720_000, '12 min'],
    [90_000_000, '25 h'],
    [259_200_000, '3 d']
  ])('of %d ms is %s', (millis, text) => expect(age(millis)).toBe(text));
});

it('says how long something has been up', () => {
  expect(uptime(32_400_000)).toBe('9h 0m');
  expect(uptime(41_000)).toBe('41s');
});
