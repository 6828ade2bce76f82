const HUES = 24;

/** The hue of a source, in degrees: always the same for the same name. `logs.css` makes a colour of it that can be read in both themes. */
export function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  return ((hash >>> 0) % HUES) * (360 / HUES);
}
