import { expect, it } from 'vitest';
import { Wrapping } from './wrapping.ts';

function placed(widths: number[], whole = widths.length) {
  return { count: widths.length, whole, width: (line: number) => widths[line] ?? 0 };
}

it('without columns each line is a row', () => {
  const wrapping = new Wrapping(placed([5, 500, 0]), 0);
  expect([wrapping.rows, wrapping.top(2), wrapping.lineAt(1), wrapping.lineAt(9), wrapping.lineAt(-4)]).toEqual([
    3, 2, 1, 2, 0
  ]);
});

it('lines take as many rows as they need, at least one', () => {
  const wrapping = new Wrapping(placed([10, 11, 0, 30]), 10);
  expect(wrapping.rows).toBe(7);
  expect([0, 1, 2, 3, 4].map((line) => wrapping.top(line))).toEqual([0, 1, 3, 4, 7]);
  expect([0, 1, 2, 3, 4, 6, 7, 99].map((row) => wrapping.lineAt(row))).toEqual([0, 1, 1, 2, 3, 3, 3, 3]);
});

it('the last line may still grow', () => {
  const widths = [10, 5];
  const lines = { ...placed(widths), whole: 1 };
  const wrapping = new Wrapping(lines, 10);
  expect(wrapping.rows).toBe(2);
  widths[1] = 25;
  expect([wrapping.rows, wrapping.lineAt(3)]).toEqual([4, 1]);
  lines.whole = 2;
  expect([wrapping.rows, wrapping.top(2)]).toEqual([4, 4]);
});

it('there may be no line', () => {
  const wrapping = new Wrapping(placed([]), 80);
  expect([wrapping.rows, wrapping.lineAt(0)]).toEqual([0, 0]);
});
