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
