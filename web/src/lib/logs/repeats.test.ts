import { expect, it } from 'vitest';
import type { Line } from './joining.ts';
import { LogLines } from './lines.ts';
import { Held } from './repeats.ts';

const line = (text: string, at: number, source = 0): Line => ({
  at: BigInt(at),
  source,
  stderr: false,
  data: new TextEncoder().encode(text)
});
const fresh = (read: Line[], lines: LogLines, from: bigint, end: bigint) => {
  const held = new Held(lines, from, end);
  return read.filter((line) => held.isNew(line));
};
const texts = (lines: readonly Line[]) => lines.map((one) => new TextDecoder().decode(one.data));

it('leaves out what is at hand, as often as it is', () => {
  const lines = new LogLines();
  lines.append([line('b', 5), line('b', 5), line('c', 6), line('late', 2)]);
  lines.note('b', 5n);
  const read = [line('a', 1), line('late', 2), line('b', 5), line('b', 5), line('b', 5), line('b', 5, 1), line('c', 6)];
  expect(texts(fresh(read, lines, 0n, 7n))).toEqual(['a', 'b', 'b']);
});

it('looks only where both overlap', () => {
  const lines = new LogLines();
  lines.append([line('a', 5), line('b', 6)]);
  expect(texts(fresh([line('a', 5), line('b', 6)], lines, 6n, 7n))).toEqual(['a']);
  expect(texts(fresh([line('a', 5)], new LogLines(), 0n, 9n))).toEqual(['a']);
});
