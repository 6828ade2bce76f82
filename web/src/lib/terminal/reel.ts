/** Which row of one height each line begins at. */
export interface Layout {
  /** How many lines there are. */
  readonly count: number;
  /** How many rows they take. */
  readonly rows: number;
  /** The first row of a line. */
  top(line: number): number;
  /** The line of a row. */
  lineAt(row: number): number;
}

/** What others may do with a `Reel`. */
export interface ReelControl {
  /** Bring a line into sight; it is not followed any more. */
  show(line: number, where?: 'top' | 'centre'): void;
  /** Whether a line is seen as a whole. */
  isSeen(line: number): boolean;
  focus(): void;
}

/** No element is made higher than this: browsers cut off what is beyond 16 to 33 million device pixels, without a word. */
export const ROOM = 8_000_000;
/** Near both ends the element moves as its content does. */
const EDGE = 500_000;

/** How high the element is whose content is `total` high. */
export function room(total: number): number {
  return Math.min(total, ROOM);
}

/** Where in the content one is when the element, seen through `view`, was scrolled to `at`. */
export function toContent(at: number, total: number, view: number): number {
  return between(at, ROOM - view, total - view, total <= ROOM);
}

/** Where the element is scrolled to when its content is to be seen from `top` on. */
export function toElement(top: number, total: number, view: number): number {
  return between(top, total - view, ROOM - view, total <= ROOM);
}

/** Both ends as they are, what is between them stretched. */
function between(at: number, from: number, to: number, same: boolean): number {
  if (same || at <= EDGE) return Math.max(0, at);
  if (at >= from - EDGE) return Math.max(0, to - Math.max(0, from - at));
  return EDGE + ((at - EDGE) / (from - 2 * EDGE)) * (to - 2 * EDGE);
}
