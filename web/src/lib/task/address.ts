import { hashOf, type Range } from '#lib/terminal/range.ts';

/** The address of an output, and of lines of it: where it is shown, and what tells it from others there. */
export function outputHref(path: string, place: Record<string, string>, range?: Range): string {
  const words = new URLSearchParams(Object.entries(place).filter(([, value]) => value));
  const query = words.size ? `?${words.toString()}` : '';
  return `${path}${query}${hashOf(range)}`;
}
