import { expect, it } from 'vitest';
import { hashOf, rangeOf, stretched } from './range.ts';

it.each([
  ['#L120', { from: 120, to: 120 }],
  ['#L120-L140', { from: 120, to: 140 }],
  ['#L140-120', { from: 120, to: 140 }],
  ['#L0', { from: 1, to: 1 }],
  ['', undefined],
  ['#main', undefined],
  ['#Lx', undefined],
  ['#L12345678901', undefined]
])('%j names lines', (hash, range) => expect(rangeOf(hash)).toEqual(range));

it('a range is named as it is read', () => {
  expect(hashOf({ from: 3, to: 3 })).toBe('#L3');
  expect(rangeOf(hashOf({ from: 3, to: 9 }))).toEqual({ from: 3, to: 9 });
  expect(hashOf(undefined)).toBe('');
});

it('a range is stretched to a line', () => {
  expect(stretched(undefined, 5)).toEqual({ from: 5, to: 5 });
  expect(stretched({ from: 5, to: 5 }, 9)).toEqual({ from: 5, to: 9 });
  expect(stretched({ from: 5, to: 9 }, 2)).toEqual({ from: 2, to: 9 });
});
