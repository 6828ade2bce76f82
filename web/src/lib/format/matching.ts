/** The words of what was typed, in small letters. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/** What a filter's text lets through: texts that have each of its words somewhere, in whatever case; undefined is all. */
export function matching(filter: string): ((text: string) => boolean) | undefined {
  const words = wordsOf(filter);
  if (!words.length) return undefined;
  return (text) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}
