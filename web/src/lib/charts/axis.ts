/** The upper end of an axis that has to hold `high`: 1, 2 or 5 times a power of ten, or a power of two of bytes. */
export function niceTop(high: number, base: 1000 | 1024): number {
  if (!(high > 0)) return base === 1024 ? 1024 : 1;
  if (base === 1024) return 2 ** Math.ceil(Math.log2(high));
  const power = 10 ** Math.floor(Math.log10(high));
  return ([1, 2, 5, 10].find((step) => step * power >= high * 1.0001) ?? 10) * power;
}

/** How wide an axis with these words is, in pixels. */
export function axisSize(words: readonly string[] | null): number {
  return Math.max(28, ...(words ?? []).map((word) => word.length * 6.2 + 12));
}
