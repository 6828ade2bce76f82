import { describe, expect, it } from 'vitest';
import { wordsOf } from '#lib/format/matching.ts';
import { best, score, wordScore } from './score.ts';

describe('what was typed', () => {
  it('fits better the closer it is to the name', () => {
    const names = ['web', 'web-eu', 'my-web', 'cobweb', 'w-e-b', 'worker-backup'];
    const points = names.map((name) => wordScore(name, 'web'));
    expect(points).toEqual([...points].sort((a, b) => b - a));
    expect(Math.min(...points)).toBeGreaterThan(0);
  });

  it('does not fit when a letter is missing or out of order', () => {
    expect(wordScore('web', 'webs')).toBe(0);
    expect(wordScore('web', 'bw')).toBe(0);
  });

  it('does not fit when its letters are there by chance', () => {
    expect(wordScore('drone-staging', 'drain')).toBe(0);
    expect(wordScore('restart adguard-staging', 'raise')).toBe(0);
  });

  it('fits with all its words or not at all', () => {
    expect(score('restart web-eu', wordsOf('  Web  REST '))).toBeGreaterThan(0);
    expect(score('restart web-eu', ['web', 'stop'])).toBe(0);
  });

  it('finds initials', () => expect(wordScore('home-assistant', 'ha')).toBeGreaterThan(wordScore('chat', 'ca')));
});

it('takes the best of a thousand', () => {
  const names = Array.from({ length: 1000 }, (_, at) => `service-${at}`);
  expect(best(names, (name) => wordScore(name, '99'), 3)).toEqual(['service-99', 'service-990', 'service-991']);
});
