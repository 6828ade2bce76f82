import { carried, cells, cellsOf, parse, plainText, PLAIN, type Segment, type Style } from './ansi.ts';
import { Bytes } from './bytes.ts';
import { Numbers } from './numbers.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BACKSPACE = 0x08;
const TAB = 0x09;
const ESC = 0x1b;
const BRACKET = 0x5b;
const ZERO = 0x30;
const M = 0x6d;

/** A longer line goes on in the next one, so that none costs more than a screen can take. */
export const LONGEST = 4096;

/**
 * The lines of an output: its bytes and where each line begins. Text is made only of what is shown.
 *
 * How the bytes are cut into pieces makes no difference. A line in which a program went back by carriage returns is never
 * divided; of a long one its end counts, since that is what is seen of it.
 */
export class Lines {
  readonly bytes = new Bytes();
  /** How many cells the widest line takes. */
  widest = 0;
  /** Where each whole line ends, its newline included. */
  #ends = new Numbers();
  #widths = new Numbers();
  /** From which whole lines on another style is carried over, and which one. */
  #styledFrom = new Numbers();
  #styles: Style[] = [];
  #style: Style = PLAIN;
  #scanned = 0;
  #text = new TextDecoder();

  append(piece: Uint8Array): void {
    this.bytes.append(piece);
    while (this.#next());
  }

  /** How many lines there are, the one included that has not ended. */
  get count(): number {
    return this.#ends.length + (this.bytes.length > this.#open ? 1 : 0);
  }

  /** How many lines have ended; those do not change any more. */
  get whole(): number {
    return this.#ends.length;
  }

  /** Where a line begins. */
  start(line: number): number {
    return line === 0 ? 0 : this.#ends.at(Math.min(line, this.#ends.length) - 1);
  }

  /** The line in which a byte is. */
  lineAt(byte: number): number {
    return this.#ends.upTo(byte);
  }

  /** How many cells a line takes. */
  width(line: number): number {
    return line < this.#ends.length ? this.#widths.at(line) : this.#measure(this.#raw(line));
  }

  /** A line as it is shown. */
  segments(line: number): readonly Segment[] {
    const changes = this.#styledFrom.upTo(line);
    const style = line < this.#ends.length ? changes && this.#styles[changes - 1] : this.#style;
    return parse(this.#text.decode(this.#raw(line)), style || PLAIN).segments;
  }

  /** A line's text, without colours. */
  text(line: number): string {
    return plainText(this.segments(line));
  }

  get #open(): number {
    return this.start(this.#ends.length);
  }

  /** What is read of a line, without its newline. */
  #raw(line: number): Uint8Array {
    return this.#seen(this.start(line), line < this.#ends.length ? this.#ends.at(line) : this.bytes.length);
  }

  #seen(from: number, end: number): Uint8Array {
    const last = end > from && this.bytes.at(end - 1) === NEWLINE ? end - 1 : end;
    return this.bytes.slice(Math.max(from, last - 4 * LONGEST), last);
  }

  /** Take in the next whole line, if there is one. */
  #next(): boolean {
    const from = this.#open;
    const newline = this.bytes.find(NEWLINE, Math.max(from, this.#scanned));
    const end = (this.#scanned = newline < 0 ? this.bytes.length : newline);
    if (end - from > LONGEST && this.bytes.find(RETURN, from, from + LONGEST) < 0) this.#end(this.#division(from));
    else if (newline < 0) return false;
    else this.#end(newline + 1);
    return true;
  }

  /** Where to divide a line: not within a character, nor within a short sequence. */
  #division(from: number): number {
    let at = from + LONGEST;
    while ((this.bytes.at(at) & 0xc0) === 0x80 && at > from + LONGEST - 4) at -= 1;
    for (let before = at - 1; before > at - 32; before -= 1) {
      const byte = this.bytes.at(before);
      if (byte === ESC) return before;
      if (byte >= 0x40 && byte !== BRACKET) return at;
    }
    return at;
  }

  #end(end: number): void {
    const seen = this.#seen(this.#open, end);
    const width = this.#measure(seen);
    const before = this.#styles.at(-1) ?? PLAIN;
    if (before !== this.#style) {
      this.#styledFrom.push(this.#ends.length);
      this.#styles.push(this.#style);
    }
    const sequence = seen.lastIndexOf(ESC);
    if (sequence >= 0) this.#style = resets(seen, sequence) ? PLAIN : carried(this.#text.decode(seen), this.#style);
    this.#ends.push(end);
    this.#widths.push(width);
    this.widest = Math.max(this.widest, width);
  }

  #measure(bytes: Uint8Array): number {
    let width = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte >= 0x20 && byte < 0x7f) width += 1;
      else if (byte === TAB) width += cellsOf(TAB, width);
      else if (byte === ESC && bytes[at + 1] === BRACKET) at = sequenceEnd(bytes, at + 2);
      else if (byte >= 0x80 || byte === ESC || byte === BACKSPACE || (byte === RETURN && at < bytes.length - 1)) {
        return cells(plainText(parse(this.#text.decode(bytes)).segments));
      }
    }
    return width;
  }
}

/** Whether a sequence takes back all colours, as the last one of most lines does. */
function resets(bytes: Uint8Array, at: number): boolean {
  const [, first, second, third] = bytes.subarray(at, at + 4);
  return first === BRACKET && (second === M || (second === ZERO && third === M));
}

/** Where the last byte of a control sequence is. */
function sequenceEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] ?? 0) < 0x40 && (bytes[at] ?? 0) >= 0x20) at += 1;
  return at;
}
