import { expect, it } from 'vitest';
import { niceTop } from './axis.ts';

it.each([
  [0, 1000, 1],
  [NaN, 1000, 1],
  [0.7, 1000, 1],
  [1, 1000, 2],
  [37, 1000, 50],
  [99, 1000, 100],
  [300 * 2 ** 20, 1024, 512 * 2 ** 20]
] as const)('an axis that holds %d by %d ends at %d', (high, base, top) => expect(niceTop(high, base)).toBe(top));
