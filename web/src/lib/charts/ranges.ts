/** The spans of time that charts show, by what an address says. */
export const RANGES = [
  { key: '1h', name: '1 hour', seconds: 3600 },
  { key: '6h', name: '6 hours', seconds: 6 * 3600 },
  { key: '24h', name: '1 day', seconds: 86_400 },
  { key: '7d', name: '7 days', seconds: 7 * 86_400 },
  { key: '30d', name: '30 days', seconds: 30 * 86_400 }
] as const;
export type Range = (typeof RANGES)[number];

/** The span that an address names; the first when it names none. */
export function rangeOf(words: URLSearchParams): Range {
  return RANGES.find((range) => range.key === words.get('range')) ?? RANGES[0];
}
