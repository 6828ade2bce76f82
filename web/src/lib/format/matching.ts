/** What a filter's text lets through: texts that have each of its words somewhere, in whatever case; undefined is all. */
export function matching(filter: string): ((text: string) => boolean) | undefined {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return undefined;
  return (text) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}
