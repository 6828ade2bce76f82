/** The query of an address, with its commas and colons as people write them; empty without words. */
export function queryOf(words: URLSearchParams): string {
  return words.size ? `?${words.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')}` : '';
}
