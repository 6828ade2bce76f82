import { parse, plainText, type Segment } from '#lib/terminal/ansi.ts';
import { fieldsOf, pretty, type Fields } from './fields.ts';
import { levelIn, type Level } from './level.ts';

/** A line as it is shown in its row. */
export interface Shown {
  level: Level | undefined;
  segments: readonly Segment[];
  /** Bytes that are not in the row. */
  cut: number;
  /** It has keys and values, or another inside, that can be opened. */
  opens: boolean;
}

/** Of a longer line its row has the beginning; the rest is shown when it is opened. */
const LONGEST = 4096;
/** A longer line is not looked at as JSON. */
const JSON_BYTES = 64 * 1024;
/** So much of a line is shown when it is opened. */
const OPENED = 256 * 1024;

const decoder = new TextDecoder();
const key = /(?:^|[\s,])([A-Za-z_@][\w.@-]*=)(?=\S)/g;

/** How a line is shown. Bytes that are no text are signs, and colours are those that the program chose. */
export function shown(data: Uint8Array): Shown {
  if (data.length <= JSON_BYTES && data[0] !== undefined && isBrace(data)) {
    const fields = fieldsOf(decoder.decode(data));
    if (fields) return { level: fields.level, segments: cut(ofFields(fields)), cut: 0, opens: true };
  }
  const rest = Math.max(0, data.length - LONGEST);
  const { segments } = parse(decoder.decode(rest ? data.subarray(0, LONGEST) : data));
  const plain = plainText(segments);
  const found = levelIn(plain);
  const own = segments.some((segment) => segment.look);
  return { level: found?.level, segments: own ? segments : decorated(plain, found), cut: rest, opens: rest > 0 };
}

/** All of a line, for when it is opened: JSON over many lines. */
export function whole(data: Uint8Array): { text: string; cut: number } {
  const text = decoder.decode(data.subarray(0, OPENED));
  const cut = Math.max(0, data.length - OPENED);
  return { text: (!cut && pretty(text)) || plainText(parse(text).segments), cut };
}

/** A line's text without colours, to search in and to copy. */
export function lineText(data: Uint8Array): string {
  const text = decoder.decode(data);
  // eslint-disable-next-line no-control-regex -- it is escape sequences that go
  return data.includes(0x1b) ? text.replace(/\x1b\[[0-9;:]*[A-Za-z]/g, '') : text;
}

function isBrace(data: Uint8Array): boolean {
  return data[0] === 0x7b || (data[0] === 0x20 && data.includes(0x7b));
}

function ofFields({ level, message, others }: Fields): Segment[] {
  const made: Segment[] = [];
  if (level) made.push(piece(level.toUpperCase().padEnd(6), `log-${level}`));
  if (message) made.push(piece(oneLine(message)));
  for (const [name, value] of others) {
    made.push(
      piece(`${made.length && !(made.length === 1 && level) ? ' ' : ''}${name}=`, 'log-key'),
      piece(oneLine(value))
    );
  }
  return made;
}

function decorated(plain: string, found: ReturnType<typeof levelIn>): Segment[] {
  const marks: [number, number, string][] = [];
  if (found) marks.push([found.from, found.end, `log-${found.level}`]);
  for (const match of plain.matchAll(key)) {
    const name = match[1] ?? '';
    const from = match.index + match[0].length - name.length;
    marks.push([from, from + name.length, 'log-key']);
  }
  marks.sort((a, b) => a[0] - b[0]);
  const made: Segment[] = [];
  let at = 0;
  for (const [from, end, look] of marks) {
    if (from < at) continue;
    if (from > at) made.push(piece(plain.slice(at, from)));
    made.push(piece(plain.slice(from, end), look));
    at = end;
  }
  if (at < plain.length) made.push(piece(plain.slice(at)));
  return made;
}

/** The beginning of what would be too long for a row. */
function cut(segments: readonly Segment[]): Segment[] {
  let rest = LONGEST;
  const made: Segment[] = [];
  for (const segment of segments) {
    if (rest <= 0) break;
    made.push(segment.text.length > rest ? { ...segment, text: `${segment.text.slice(0, rest)}…` } : segment);
    rest -= segment.text.length;
  }
  return made;
}

/** A text that may have newlines and controls, in a line. */
function oneLine(text: string): string {
  return plainText(parse(text.replace(/\r?\n/g, ' ↵ ')).segments);
}

function piece(text: string, look = ''): Segment {
  return { text, look, fg: '', bg: '' };
}
