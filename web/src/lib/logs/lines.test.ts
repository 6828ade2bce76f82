import { describe, expect, it } from 'vitest';
import type { Line } from './joining.ts';
import { LogLines } from './lines.ts';

const line = (text: string, at = 0, more: Partial<Line> = {}): Line => ({
  at: BigInt(at),
  source: 0,
  stderr: false,
  data: new TextEncoder().encode(text),
  ...more
});
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => line(`line ${from + at}`, from + at));
const text = (lines: LogLines, number: number) => new TextDecoder().decode(lines.data(number));

describe('lines', () => {
  it('keep all that is known of each', () => {
    const lines = new LogLines();
    lines.append([line('a', 5, { source: 7, stderr: true }), line('', 6)]);
    lines.note('the rest is missing', 7n);
    expect([lines.count, lines.bytes]).toEqual([3, 20]);
    expect([text(lines, 0), lines.at(0), lines.source(0), lines.isStderr(0), lines.isNote(0)]).toEqual([
      'a',
      5n,
      7,
      true,
      false
    ]);
    expect([text(lines, 1), lines.isStderr(1)]).toEqual(['', false]);
    expect([text(lines, 2), lines.isNote(2), lines.isStderr(2)]).toEqual(['the rest is missing', true, false]);
    expect([lines.at(3), lines.at(-1), lines.data(99).length]).toEqual([0n, 0n, 0]);
  });

  it('keep their numbers when older ones come before them', () => {
    const lines = new LogLines();
    lines.append(many(3000, 10_000));
    lines.prepend(many(2500, 7500));
    lines.prepend(many(1, 7499));
    lines.append(many(1, 13_000));
    expect([lines.first, lines.end, lines.count]).toEqual([-2501, 3001, 5502]);
    for (let number = lines.first; number < lines.end; number += 1) {
      if (text(lines, number) !== `line ${10_000 + number}`)
        expect(text(lines, number)).toBe(`line ${10_000 + number}`);
    }
  });

  it('let go of the oldest when they are too many or too large', () => {
    const lines = new LogLines();
    lines.append(many(10_000));
    expect(lines.drop(20_000, 1e9)).toBe(false);
    expect(lines.drop(5000, 1e9)).toBe(true);
    expect(lines.count).toBeLessThanOrEqual(5000);
    expect(lines.count).toBeGreaterThan(3900);
    expect([text(lines, 9999), text(lines, lines.first)]).toEqual(['line 9999', `line ${lines.first}`]);
    lines.append([line('x'.repeat(1 << 20))]);
    lines.append(many(2000));
    expect(lines.drop(1e6, 1 << 16)).toBe(true);
    expect(lines.bytes).toBeLessThan(1 << 16);
  });

  it('are gone after a clearance, and new ones go on behind', () => {
    const lines = new LogLines();
    lines.append(many(10));
    lines.clear();
    lines.append([line('new')]);
    expect([lines.count, lines.first, text(lines, 10), text(lines, 9)]).toEqual([1, 10, 'new', '']);
  });
});
