import { describe, expect, it } from 'vitest';
import { LogLines } from './lines.ts';
import { Rows } from './rows.ts';

function made(count: number): { lines: LogLines; rows: Rows } {
  const lines = new LogLines();
  lines.append(empty(count));
  return { lines, rows: new Rows(lines) };
}
const empty = (count: number) =>
  Array.from({ length: count }, () => ({ at: 0n, source: 0, stderr: false, data: new Uint8Array() }));
const odd = (line: number) => line % 2 !== 0;

describe('rows', () => {
  it('lie one below the other, the measured ones as high as they are', () => {
    const { rows } = made(100);
    expect([rows.total, rows.top(7), rows.rowAt(145), rows.rowAt(-5), rows.rowAt(9999)]).toEqual([2000, 140, 7, 0, 99]);
    expect([rows.measured(10, 60), rows.measured(10, 60), rows.measured(5, 25), rows.measured(6, 20)]).toEqual([
      true,
      false,
      true,
      false
    ]);
    expect([rows.top(5), rows.top(6), rows.top(10), rows.top(11), rows.total]).toEqual([100, 125, 205, 265, 2045]);
    expect([rows.rowAt(124), rows.rowAt(125), rows.rowAt(264), rows.rowAt(265)]).toEqual([5, 6, 10, 11]);
    expect(rows.measured(10, 20)).toBe(true);
    expect(rows.total).toBe(2005);
    rows.remeasure(38);
    expect(rows.total).toBe(3800);
  });

  it('stay where their lines are when others come before them or go', () => {
    const { lines, rows } = made(3000);
    rows.measured(2990, 120);
    lines.prepend(empty(500));
    rows.took(-500, 0);
    expect([rows.rowOf(2990), rows.line(3490), rows.top(3491)]).toEqual([3490, 2990, 3491 * 20 + 100]);
    lines.drop(1500, 1e9);
    rows.dropped();
    expect(rows.line(0)).toBe(lines.first);
    expect(rows.total).toBe(lines.count * 20 + 100);
  });

  it('leave out what is hidden, in what was there and in what comes', () => {
    const { lines, rows } = made(10);
    rows.hide(odd);
    expect([rows.count, rows.hidden, rows.line(2), rows.rowOf(4), rows.rowOf(5)]).toEqual([5, 5, 4, 2, 3]);
    lines.append(empty(4));
    rows.took(10, 14);
    lines.prepend(empty(3));
    rows.took(-3, 0);
    expect(Array.from({ length: rows.count }, (_, row) => rows.line(row))).toEqual([-2, 0, 2, 4, 6, 8, 10, 12]);
    expect(rows.line(8)).toBe(lines.end);
    rows.hide(undefined);
    expect(rows.count).toBe(17);
  });

  it('forget what was dropped, of those that are shown too', () => {
    const { lines, rows } = made(5000);
    rows.hide(odd);
    rows.measured(2, 50);
    lines.drop(2000, 1e9);
    rows.dropped();
    expect([rows.line(0), rows.total]).toEqual([lines.first + (lines.first % 2), rows.count * 20]);
  });
});
