import { describe, expect, it } from 'vitest';
import { ALL, fromField, rangeName, readRange, since, toField, wider, writeRange, zone } from './range.ts';

// by the clock of whoever runs this, in whatever zone
const NOW = new Date(2026, 10, 26, 7).getTime();

describe('a range', () => {
  it.each(['15m', '1h', '24h', '7d', '90m'])('of the last %s is the same in its address', (word) => {
    const range = readRange(word, '', '');
    expect(writeRange(range)).toEqual({ last: word });
    expect(since(range, NOW)).toBe(NOW - range.last);
  });

  it('from and to is the same in its address', () => {
    const range = readRange('', '2026-11-26T06:00:00Z', '2026-11-26T06:30:00.250Z');
    expect(range.to - range.from).toBe(1_800_250);
    expect(writeRange(range)).toEqual({ from: '2026-11-26T06:00:00Z', to: '2026-11-26T06:30:00.250Z' });
    expect(since(range, NOW)).toBe(range.from);
  });

  it('that is nonsense is any time', () => {
    expect(readRange('5y', 'yesterday', '')).toEqual(ALL);
    expect(writeRange(ALL)).toEqual({});
  });

  it('has a name', () => {
    expect(rangeName(ALL)).toBe('Any time');
    expect(rangeName(readRange('1h', '', ''))).toBe('Last hour');
    expect(rangeName(readRange('90m', '', ''))).toBe('Last 1h 30m');
    expect(rangeName({ ...ALL, from: NOW })).toBe('Since 2026-11-26 07:00');
    expect(rangeName({ ...ALL, from: NOW, to: NOW + 61_000 })).toBe('2026-11-26 07:00 to 2026-11-26 07:01:01');
  });

  it('becomes wider until it is any time', () => {
    expect(wider(readRange('15m', '', ''))?.name).toBe('Last hour');
    expect(wider(readRange('7d', '', ''))?.range).toEqual(ALL);
    expect(wider({ ...ALL, from: NOW })?.range).toEqual(ALL);
    expect(wider(ALL)).toBeUndefined();
  });
});

describe('a field for a moment', () => {
  it('is by the reader’s clock, and says by which', () => {
    expect(toField(NOW)).toBe('2026-11-26T07:00:00');
    expect(fromField('2026-11-26T07:00')).toBe(NOW);
    expect([toField(0), fromField(''), fromField('x')]).toEqual(['', 0, 0]);
    expect(zone(NOW)).toMatch(/UTC([+−]\d{1,2}(:\d\d)?)?$/);
  });
});
