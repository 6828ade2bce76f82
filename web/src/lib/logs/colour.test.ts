import { expect, it } from 'vitest';
import { hueOf } from './colour.ts';

it('gives a name the same hue each time', () => {
  expect(hueOf('web/app@n1')).toBe(hueOf(['web', 'app@n1'].join('/')));
  expect(hueOf('web/app@n1')).toBeGreaterThanOrEqual(0);
});

it('spreads names that are nearly the same over the circle', () => {
  const hues = new Set(Array.from({ length: 100 }, (_, at) => hueOf(`web/app@node-${at}`)));
  expect(hues.size).toBeGreaterThan(18);
  expect(Math.max(...hues)).toBeLessThan(360);
});

it('goes on to a hue that is far from one that is taken, as long as any is free', () => {
  const taken = new Set<number>();
  const hues = Array.from({ length: 24 }, () => {
    const hue = hueOf('web/app@n1', taken);
    taken.add(hue);
    return hue;
  });
  expect(taken.size).toBe(24);
  expect(Math.abs((hues[1] ?? 0) - (hues[0] ?? 0))).toBeGreaterThan(60);
  expect(hueOf('web/app@n1', taken)).toBe(hues[0]);
});
