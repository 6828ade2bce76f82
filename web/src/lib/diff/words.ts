import { LineKind } from '#lib/gen/composia/v1/repository_pb.ts';
import type { DiffLine } from './lines.ts';

/** A part of a line; `changed` where the line beside it has something else. */
export interface Piece {
  text: string;
  changed: boolean;
}

/** A line with its parts, one after the other. */
export interface PiecedLine extends DiffLine {
  pieces: readonly Piece[];
}

/** Longer lines are not looked at closely: nobody reads them, and it takes long. */
const LONGEST = 500;
/** Nor is what lies between the words that both lines begin and end with, when there are more words there. */
const MOST_WORDS = 60;
/** Lines with less in common than this, of the longer one, are others and not changed ones. */
const LEAST_COMMON = 0.3;

/** Mark what changed in lines that took the place of others: as many were removed as were added right after them. */
export function pieced(lines: readonly DiffLine[]): PiecedLine[] {
  const found = lines.map((line): PiecedLine => ({ ...line, pieces: [{ text: line.text, changed: false }] }));
  for (let at = 0; at < found.length;) {
    const added = end(found, at, LineKind.REMOVED);
    const after = end(found, added, LineKind.ADDED);
    if (added - at === after - added) {
      for (let row = at; row < added; row += 1) mark(found[row], found[row + added - at]);
    }
    at = Math.max(after, at + 1);
  }
  return found;
}

/** Where lines of a kind that begin here end. */
function end(lines: readonly DiffLine[], from: number, kind: LineKind): number {
  let at = from;
  while (lines[at]?.kind === kind) at += 1;
  return at;
}

function mark(old: PiecedLine | undefined, now: PiecedLine | undefined): void {
  if (!old || !now || Math.max(old.text.length, now.text.length) > LONGEST) return;
  const [before, after] = [wordsOf(old.text), wordsOf(now.text)];
  const kept = keptOf(before, after);
  const common = [...kept.keys()].reduce((sum, at) => sum + solid(before[at]), 0);
  const longer = Math.max(solid(old.text), solid(now.text));
  if (common < LEAST_COMMON * longer) return;
  old.pieces = joined(before, new Set(kept.keys()));
  now.pieces = joined(after, new Set(kept.values()));
}

/** Words, spaces, and each other character by itself. */
function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/** How much of a text is not space. */
function solid(text = ''): number {
  return text.replace(/\s+/g, '').length;
}

/** Which words stayed: their places before and after. */
function keptOf(before: readonly string[], after: readonly string[]): Map<number, number> {
  const kept = new Map<number, number>();
  const least = Math.min(before.length, after.length);
  let begin = 0;
  while (begin < least && before[begin] === after[begin]) kept.set(begin, begin++);
  let tail = 0;
  while (tail < least - begin && before.at(-1 - tail) === after.at(-1 - tail)) {
    tail += 1;
    kept.set(before.length - tail, after.length - tail);
  }
  const [middle, other] = [before.slice(begin, before.length - tail), after.slice(begin, after.length - tail)];
  if (Math.max(middle.length, other.length) <= MOST_WORDS) {
    for (const [one, another] of inBoth(middle, other)) kept.set(begin + one, begin + another);
  }
  return kept;
}

/** The longest row of words that both have in this order: the places of each. */
function inBoth(before: readonly string[], after: readonly string[]): [number, number][] {
  // how many words the rests from two places on have in common
  const width = after.length + 1;
  const rests = new Uint8Array((before.length + 1) * width);
  const rest = (one: number, another: number) => rests[one * width + another] ?? 0;
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let another = after.length - 1; another >= 0; another -= 1) {
      const same = before[one] === after[another];
      const most = same ? 1 + rest(one + 1, another + 1) : Math.max(rest(one + 1, another), rest(one, another + 1));
      rests[one * width + another] = most;
    }
  }
  const places: [number, number][] = [];
  for (let one = 0, another = 0; one < before.length && another < after.length;) {
    if (before[one] === after[another]) places.push([one++, another++]);
    else if (rest(one + 1, another) >= rest(one, another + 1)) one += 1;
    else another += 1;
  }
  return places;
}

/** The words as few pieces: those side by side that were kept, or were not, are one. */
function joined(words: readonly string[], kept: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  for (const [at, text] of words.entries()) {
    const changed = !kept.has(at);
    const last = pieces.at(-1);
    if (last?.changed === changed) last.text += text;
    else pieces.push({ text, changed });
  }
  return pieces;
}
