/** A colour: none (-1), a number of the palette of 256, or 2^24 and above: RGB. */
type Colour = number;

const NONE = -1;
const RGB = 1 << 24;

/** How text is written from some place on, as programs choose it by escape sequences. Never changed, only replaced. */
export interface Style {
  readonly fg: Colour;
  readonly bg: Colour;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
}

/** Text in one style: class names of `terminal.css`, and colours that a program chose itself for its `--fg` and `--bg`. */
export interface Segment {
  readonly text: string;
  readonly look: string;
  readonly fg: string;
  readonly bg: string;
}

/** What a line comes to. */
export interface Parsed {
  readonly segments: readonly Segment[];
  /** With which the next line begins. */
  readonly style: Style;
}

export const PLAIN: Style = {
  fg: NONE,
  bg: NONE,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false
};

const TAB = 0x09;
const BACKSPACE = 0x08;
const RETURN = 0x0d;
const ESC = 0x1b;
const CSI = 0x9b;

/**
 * A line, without its newline, as a terminal would show it: colours and weights by SGR; a carriage return, a backspace and
 * what erases a line or moves in it work on what was written before; every other sequence is dropped.
 */
export function parse(text: string, style: Style = PLAIN): Parsed {
  if (!hasControl(text)) return { segments: text ? [segment(text, style)] : [], style };
  const row = new Row();
  let now = style;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    if (code === ESC || code === CSI) {
      const end = sequenceEnd(text, at);
      const sequence = text.slice(at, end);
      if (isCsi(sequence, 'm')) now = restyled(now, parameters(sequence));
      else row.edit(sequence);
      at = end;
      continue;
    }
    if (code === RETURN) row.cursor = 0;
    else if (code === BACKSPACE) row.cursor = Math.max(0, row.cursor - 1);
    else if (code === TAB || !isControl(code)) row.write(String.fromCodePoint(code), now);
    at += code > 0xffff ? 2 : 1;
  }
  return { segments: row.segments(), style: now };
}

/** The style in which a line ends that begins in `style`. */
export function carried(text: string, style: Style): Style {
  let now = style;
  for (let at = text.indexOf('\x1b'); at >= 0; at = text.indexOf('\x1b', at)) {
    const end = sequenceEnd(text, at);
    const sequence = text.slice(at, end);
    if (isCsi(sequence, 'm')) now = restyled(now, parameters(sequence));
    at = end;
  }
  return now;
}

/** The text that is seen of these segments. */
export function plainText(segments: readonly Segment[]): string {
  return segments.map((one) => one.text).join('');
}

/** How many cells of a terminal a text takes. */
export function cells(text: string): number {
  let sum = 0;
  for (const character of text) sum += cellsOf(character.codePointAt(0) ?? 0, sum);
  return sum;
}

/** How many cells a character takes that stands in column `column`. */
export function cellsOf(code: number, column: number): number {
  if (code === TAB) return 8 - (column % 8);
  if (code < 0x300) return 1;
  if (code < 0x370 || (code >= 0x200b && code <= 0x200f) || (code >= 0xfe00 && code <= 0xfe0f)) return 0;
  const wide =
    (code >= 0x1100 && code < 0x1160) || (code >= 0x2e80 && code < 0xd7a4) || (code >= 0xff00 && code < 0xff61);
  return wide || (code >= 0xf900 && code < 0xfb00) || (code >= 0x1f300 && code < 0x1fb00) || code >= 0x20000 ? 2 : 1;
}

/** What has been written in a line, a cell for each character. */
class Row {
  cursor = 0;
  #characters: string[] = [];
  #styles: Style[] = [];

  write(character: string, style: Style): void {
    while (this.#characters.length < this.cursor) this.#put(this.#characters.length, ' ', PLAIN);
    this.#put(this.cursor, character, style);
    this.cursor += 1;
  }

  /** Do what a sequence does within the line; all others do nothing here. */
  edit(sequence: string): void {
    const [first = 0] = parameters(sequence);
    if (isCsi(sequence, 'G')) this.cursor = Math.min(Math.max(1, first), 4096) - 1;
    if (!isCsi(sequence, 'K')) return;
    const before = Math.min(this.cursor + 1, this.#characters.length);
    if (first >= 1) for (let at = 0; at < before; at += 1) this.#put(at, ' ', PLAIN);
    if (first !== 1) this.#characters.length = this.#styles.length = Math.min(this.#characters.length, this.cursor);
  }

  segments(): Segment[] {
    const found: Segment[] = [];
    let from = 0;
    for (let at = 1; at <= this.#characters.length; at += 1) {
      const style = this.#styles[from];
      if (!style || this.#styles[at] === style) continue;
      found.push(segment(this.#characters.slice(from, at).join(''), style));
      from = at;
    }
    return found;
  }

  #put(at: number, character: string, style: Style): void {
    this.#characters[at] = character;
    this.#styles[at] = style;
  }
}

function segment(text: string, style: Style): Segment {
  if (style === PLAIN) return { text, look: '', fg: '', bg: '' };
  const looks: string[] = [];
  for (const name of ['bold', 'dim', 'italic', 'underline', 'strike'] as const)
    if (style[name]) looks.push(`ansi-${name}`);
  const [fg, bg] = style.inverse ? [style.bg, style.fg] : [style.fg, style.bg];
  if (style.inverse && fg === NONE && bg === NONE) looks.push('ansi-inverse');
  return { text, fg: chosen('fg', fg, looks), bg: chosen('bg', bg, looks), look: looks.join(' ') };
}

/** Add the class of a colour; the colour itself where it is not one of the sixteen that have names. */
function chosen(side: 'fg' | 'bg', colour: Colour, looks: string[]): string {
  if (colour === NONE) return '';
  looks.push(colour < 16 ? `ansi-${side}-${colour}` : `ansi-${side}`);
  if (colour < 16) return '';
  return `#${(colour >= RGB ? colour - RGB : ofPalette(colour)).toString(16).padStart(6, '0')}`;
}

/** The RGB of a number from 16 to 255: a cube of 6 × 6 × 6 colours, then 24 greys. */
function ofPalette(number: number): number {
  if (number >= 232) return (8 + (number - 232) * 10) * 0x010101;
  const level = (step: number) => (step ? 55 + step * 40 : 0);
  const cube = number - 16;
  return (level(Math.floor(cube / 36)) << 16) | (level(Math.floor(cube / 6) % 6) << 8) | level(cube % 6);
}

function restyled(style: Style, codes: readonly number[]): Style {
  const now: { -readonly [Key in keyof Style]: Style[Key] } = { ...style };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) Object.assign(now, PLAIN);
    else if (code === 1) now.bold = true;
    else if (code === 2) now.dim = true;
    else if (code === 3) now.italic = true;
    else if (code === 4 || code === 21) now.underline = true;
    else if (code === 7) now.inverse = true;
    else if (code === 9) now.strike = true;
    else if (code === 22) now.bold = now.dim = false;
    else if (code === 23) now.italic = false;
    else if (code === 24) now.underline = false;
    else if (code === 27) now.inverse = false;
    else if (code === 29) now.strike = false;
    else if (code >= 30 && code <= 37) now.fg = code - 30;
    else if (code >= 40 && code <= 47) now.bg = code - 40;
    else if (code >= 90 && code <= 97) now.fg = code - 82;
    else if (code >= 100 && code <= 107) now.bg = code - 92;
    else if (code === 39) now.fg = NONE;
    else if (code === 49) now.bg = NONE;
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes, at + 1);
      if (code === 38) now.fg = colour;
      else now.bg = colour;
      at += used;
    }
  }
  const plain = (Object.keys(PLAIN) as (keyof Style)[]).every((key) => now[key] === PLAIN[key]);
  return plain ? PLAIN : now;
}

/** The colour after 38 or 48, `5;N` or `2;R;G;B`, and how many numbers it takes. */
function extended(codes: readonly number[], at: number): [Colour, number] {
  if (codes[at] === 5) return [(codes[at + 1] ?? 0) & 255, 2];
  if (codes[at] !== 2) return [NONE, 1];
  const [red = 0, green = 0, blue = 0] = codes.slice(at + 1, at + 4).map((part) => part & 255);
  return [RGB + ((red << 16) | (green << 8) | blue), 4];
}

/** The numbers of a sequence. `38:2::R:G:B` is the same as `38;2;R;G;B`, and `4:0` as 24. */
function parameters(sequence: string): number[] {
  const inside = sequence.slice(sequence.charCodeAt(0) === CSI ? 1 : 2, -1);
  return inside.split(';').flatMap((part) => {
    const [first = 0, ...more] = part.split(':').map(Number);
    if (first === 4) return more[0] === 0 ? [24] : [4];
    return more.length ? [first, more[0] ?? 0, ...(more[0] === 2 ? more.slice(-3) : more.slice(1))] : [first];
  });
}

function isCsi(sequence: string, final: string): boolean {
  return sequence.endsWith(final) && (sequence.charCodeAt(0) === CSI || sequence.charAt(1) === '[');
}

/** Where the sequence that begins at `at` ends; the end of the text when it does not. */
function sequenceEnd(text: string, at: number): number {
  const kind = text.charCodeAt(at) === CSI ? '[' : text.charAt(at + 1);
  let end = at + (text.charCodeAt(at) === CSI ? 1 : 2);
  if (kind === '[') {
    while (end < text.length && isBetween(text.charCodeAt(end), 0x20, 0x3f)) end += 1;
    return Math.min(text.length, isBetween(text.charCodeAt(end), 0x40, 0x7e) ? end + 1 : end);
  }
  if (kind !== '' && ']PX^_'.includes(kind)) return stringEnd(text, end);
  if (isBetween(kind.charCodeAt(0), 0x20, 0x2f)) {
    while (end < text.length && isBetween(text.charCodeAt(end), 0x20, 0x2f)) end += 1;
    return Math.min(text.length, end + 1);
  }
  return Math.min(text.length, isBetween(kind.charCodeAt(0), 0x30, 0x7e) ? end : at + 1);
}

/** The end of a string such as a title or a link's address: after a bell or `ESC \`. */
function stringEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text.charCodeAt(at) === 0x07) return at + 1;
    if (text.charCodeAt(at) === ESC) return text.charAt(at + 1) === '\\' ? at + 2 : at;
  }
  return text.length;
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== TAB && isControl(code)) return true;
  }
  return false;
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}
