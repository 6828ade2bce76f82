/** How well letters in a row, at the start of the text, of a word, or anywhere in it, fit what was typed. */
const EXACT = 1000;
const BEGINS = 800;
const WORD = 600;
const INSIDE = 400;
const SCATTERED = 100;
/** Letters that are further apart than this is worth are there by chance. */
const CLOSE = SCATTERED + 4;

/**
 * How well one word that was typed fits a text: more is better, 0 is not at all. Its letters have to be in the text in their
 * order; the closer together, the more at starts of words and the shorter the text, the better. Both are in small letters.
 */
export function wordScore(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at < 0) return scattered(text, word);
  const rest = Math.min(99, text.length - word.length);
  if (at === 0) return (rest ? BEGINS : EXACT) - rest;
  return (isStart(text, at) ? WORD : INSIDE) - rest;
}

/** How well all words that were typed fit a text together; 0 when one does not fit. */
export function score(text: string, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const one = wordScore(text, word);
    if (!one) return 0;
    sum += one;
  }
  return sum;
}

function scattered(text: string, word: string): number {
  let points = SCATTERED;
  let from = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at < 0) return 0;
    points += isStart(text, at) ? 8 : at === from ? 4 : -Math.min(12, 2 * (at - from));
    from = at + 1;
  }
  return points > CLOSE ? points : 0;
}

function isStart(text: string, at: number): boolean {
  return at === 0 || /[^\p{L}\p{N}]/u.test(text.charAt(at - 1));
}

/** The best of some things, the best first; those that fit equally stay in their order. */
export function best<Thing>(things: Iterable<Thing>, points: (thing: Thing) => number, most: number): Thing[] {
  const scored: { thing: Thing; points: number }[] = [];
  for (const thing of things) {
    const found = points(thing);
    if (found > 0) scored.push({ thing, points: found });
  }
  return scored
    .sort((a, b) => b.points - a.points)
    .slice(0, most)
    .map((one) => one.thing);
}
