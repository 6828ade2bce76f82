import { expect, it } from 'vitest';
import { joined } from './joined.ts';

const id = (item: string): string => item;
const known = ['f', 'e', 'd', 'c', 'b', 'a'];

it('goes on after the last one, whatever came before it', () => {
  expect(joined(['f', 'e', 'd'], known, id)).toEqual(['c', 'b', 'a']);
  expect(joined(['h', 'g', 'f'], known, id)).toEqual(['e', 'd', 'c', 'b', 'a']);
  expect(joined(['c', 'b', 'a'], known, id)).toEqual([]);
});

it('does not go on over a gap', () => {
  expect(joined(['j', 'i', 'h'], known, id)).toBeUndefined();
  expect(joined([], known, id)).toBeUndefined();
});
