import { hashOf, type Range } from '#lib/terminal/range.ts';

/** An address: a path, what is chosen there, and lines of an output. */
export function placeHref(path: string, place: Record<string, string>, range?: Range): string {
  const words = new URLSearchParams(Object.entries(place).filter(([, value]) => value));
  const query = words.size ? `?${words.toString()}` : '';
  return `${path}${query}${hashOf(range)}`;
}
