import { expect, it } from 'vitest';
import { lookOf } from './colour.ts';

const SIX = [0, 1, 2, 3, 4, 5];
const themes = [
  { theme: 'light', panel: '#ffffff', at: 0 },
  { theme: 'dark', panel: '#15171c', at: 1 }
];

/** Red, green and blue as light, 0 to 1. */
function light(hex: string): [number, number, number] {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return [red ?? NaN, green ?? NaN, blue ?? NaN];
}

/** As WCAG has it. */
function contrast(one: string, other: string): number {
  const [dark = NaN, bright = NaN] = [one, other]
    .map((hex) => light(hex))
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
    .sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

/** In OKLab, in which equal distances look about equally far. */
function place(hex: string): [number, number, number] {
  const [red, green, blue] = light(hex);
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  ];
}

function distance(one: string, other: string): number {
  const [a, b] = [place(one), place(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

it.each(themes)('six lines are seen and told apart in the $theme', ({ panel, at }) => {
  const colours = SIX.map((order) => lookOf(order).colour.match(/#\w{6}/g)?.[at] ?? '');
  for (const colour of colours) expect(contrast(colour, panel), colour).toBeGreaterThan(3);
  for (const [order, colour] of colours.entries())
    for (const other of colours.slice(order + 1))
      expect(distance(colour, other), `${colour} ${other}`).toBeGreaterThan(0.15);
});

it('lines after those are dashed', () => {
  expect(SIX.map((order) => lookOf(order).dashes)).toEqual(SIX.map(() => ''));
  const looks = Array.from({ length: 18 }, (_, order) => `${lookOf(order).colour} ${lookOf(order).dashes}`);
  expect(new Set(looks).size).toBe(18);
});
