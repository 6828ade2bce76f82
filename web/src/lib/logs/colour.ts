const HUES = 24;
/** How far one that is taken is from the one that is tried next: far round the circle, and through all of them. */
const STEP = 7;

/**
 * The hue of a source, in degrees: the same for the same name, unless it is `taken`; then another one, as long as one is free.
 * `logs.css` makes a colour of it that can be read in both themes.
 */
export function hueOf(name: string, taken: ReadonlySet<number> = new Set()): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  const first = (hash >>> 0) % HUES;
  const hues = Array.from({ length: HUES }, (_, tried) => ((first + tried * STEP) % HUES) * (360 / HUES));
  return hues.find((hue) => !taken.has(hue)) ?? first * (360 / HUES);
}
