import type { Segment } from '#lib/terminal/ansi.ts';

/** What the server looks for in lines. */
export interface Search {
  text: string;
  regex: boolean;
  ignoreCase: boolean;
}

/** More marks in one line help nobody. */
const MARKS = 200;

/** So many characters of a line are looked at for an expression: with the square of a line's length, some take a while. */
const LOOKED_AT = 4096;

/** What an expression is made of, as far as it matters here: a `)` with what repeats its group without an end. */
const PARTS =
  /\\.|\[(?:[^\]\\]|\\.)*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>|[a-z-]+:))?|\)(?=([*+]|\{\d+,)?)|[*+?|]|\{\d+,|[^]/g;

/** What means something else to RE2. */
const OTHER = /\[\[:|\\[ACQpPz]/;

/** What marks a search's matches in what is shown; undefined where a browser cannot, as RE2 knows other expressions. */
export function marker({ text, regex, ignoreCase }: Search): RegExp | undefined {
  if (!text) return undefined;
  const flags = ignoreCase ? 'giu' : 'gu';
  if (!regex) return new RegExp(escaped(text), flags);
  const inline = /^\(\?([imsU]+)\)/.exec(text);
  const rest = text.slice(inline?.[0].length ?? 0).replaceAll('(?P<', '(?<');
  return compiled(rest, inline?.[1]?.includes('i') ? 'gi' : flags.replace('u', ''));
}

/** What is to be hidden: texts, or expressions between slashes as in `/GET .* 200/i`. A line is hidden when one is in it. */
export function hider(patterns: readonly string[]): ((line: string) => boolean) | undefined {
  const texts = patterns.filter((pattern) => pattern && !expression(pattern));
  const expressions = patterns.flatMap((pattern) => {
    const made = expression(pattern);
    return made instanceof RegExp ? [made] : [];
  });
  if (!texts.length && !expressions.length) return undefined;
  return (line) => {
    if (texts.some((text) => line.includes(text))) return true;
    const begins = line.slice(0, LOOKED_AT);
    return expressions.some((one) => one.test(begins));
  };
}

/** Why a pattern cannot be used; empty when it can. */
export function wrongPattern(pattern: string): string {
  return expression(pattern) === 'wrong' ? 'that is no regular expression that a browser can use here' : '';
}

/** The segments, with what matches marked. */
export function marked(segments: readonly Segment[], pattern: RegExp | undefined): readonly Segment[] {
  if (!pattern) return segments;
  const borders = matches(segments.map((one) => one.text).join(''), pattern);
  if (!borders.length) return segments;
  const made: Segment[] = [];
  let start = 0;
  let next = 0;
  for (const segment of segments) {
    const end = start + segment.text.length;
    let at = start;
    while (at < end) {
      while (next < borders.length && (borders[next]?.[1] ?? 0) <= at) next += 1;
      const [from, to] = borders[next] ?? [end, end];
      const inside = from <= at;
      const stop = Math.min(end, inside ? to : from);
      const look = inside ? `${segment.look} ansi-mark`.trim() : segment.look;
      made.push({ ...segment, look, text: segment.text.slice(at - start, stop - start) });
      at = stop;
    }
    start = end;
  }
  return made;
}

function matches(text: string, pattern: RegExp): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (const match of text.matchAll(pattern)) {
    if (match[0]) found.push([match.index, match.index + match[0].length]);
    if (found.length === MARKS) break;
  }
  return found;
}

function expression(pattern: string): RegExp | 'wrong' | undefined {
  const match = /^\/(.+)\/(i?)$/.exec(pattern);
  return match ? (compiled(match[1] ?? '', match[2] ?? '', true) ?? 'wrong') : undefined;
}

/** An expression that a browser can use; one that only tells `whether` there is a match may be made shorter. */
function compiled(source: string, flags: string, whether = false): RegExp | undefined {
  if (OTHER.test(source)) return undefined;
  try {
    const made = new RegExp(source, flags);
    if (isEndless(source)) return undefined;
    return whether ? new RegExp(core(source), flags) : made;
  } catch {
    return undefined;
  }
}

/**
 * Whether something varies within a group that is repeated, however deep: a repetition or a choice. There are lines on which a
 * browser never comes to the end of that.
 */
function isEndless(source: string): boolean {
  /** Of what is outside of all groups, and of each group that is open, whether something varies in it. */
  const varies = [false];
  const note = () => (varies[varies.length - 1] = true);
  for (const [part, repeated] of source.matchAll(PARTS)) {
    if (part.startsWith('(')) varies.push(false);
    else if (part === ')') {
      const inner = varies.pop();
      if (inner && repeated) return true;
      if (inner) note();
    } else if (/^([*+?|]|\{\d)/.test(part)) note();
  }
  return false;
}

/** The expression without what may be anything before and after it: found in the same lines, and much sooner. */
function core(source: string): string {
  // of `.+` one character is left
  const least = (run: string) => '.'.repeat(run.split('+').length - 1);
  return source.replace(/^(?:\.[*+]\??)+/, least).replace(/(?<=(?:^|[^\\])(?:\\\\)*)(?:\.[*+]\??)+$/, least);
}

function escaped(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&');
}
