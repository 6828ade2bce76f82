import { describe, expect, it } from 'vitest';
import { room, ROOM, toContent, toElement } from './reel.ts';

describe('content that fits', () => {
  it('is where its element is', () => {
    expect([room(5000), toContent(120, 5000, 400), toElement(120, 5000, 400)]).toEqual([5000, 120, 120]);
  });
});

describe('content that is higher than any element', () => {
  const total = 90_000_000;
  const view = 700;

  it('is reached from its first to its last pixel', () => {
    expect(room(total)).toBe(ROOM);
    expect(toContent(0, total, view)).toBe(0);
    expect(toContent(ROOM - view, total, view)).toBe(total - view);
    expect(toContent(ROOM - view + 40, total, view)).toBe(total - view);
  });

  it('moves as its element near the ends', () => {
    expect(toContent(1234, total, view)).toBe(1234);
    expect(toContent(ROOM - view - 1234, total, view)).toBe(total - view - 1234);
  });

  it('is where it is said to be, both ways, and never goes back', () => {
    let before = -1;
    for (let at = 0; at <= ROOM - view; at += 37_123) {
      const top = toContent(at, total, view);
      expect(top).toBeGreaterThan(before);
      expect(toElement(top, total, view)).toBeCloseTo(at, 3);
      before = top;
    }
  });
});
