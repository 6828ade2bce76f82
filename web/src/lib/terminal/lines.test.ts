import { describe, expect, it } from 'vitest';
import { Lines, LONGEST } from './lines.ts';

const encoder = new TextEncoder();

function lines(...pieces: (string | Uint8Array)[]): Lines {
  const made = new Lines();
  for (const piece of pieces) made.append(typeof piece === 'string' ? encoder.encode(piece) : piece);
  return made;
}

const texts = (made: Lines) => Array.from({ length: made.count }, (_, line) => made.text(line));

/** All that is known of each line. */
const all = (made: Lines) =>
  Array.from({ length: made.count }, (_, line) => [made.start(line), made.width(line), made.segments(line)]);

/** Numbers that look random and are the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

describe('lines', () => {
  it('end at newlines; the last need not', () => {
    expect(texts(lines('a\n\nb\r\nc'))).toEqual(['a', '', 'b', 'c']);
    expect(texts(lines('a\n'))).toEqual(['a']);
    expect(texts(lines(''))).toEqual([]);
  });

  it('grow while they have not ended', () => {
    const made = lines('10%');
    expect([made.count, made.whole, texts(made)]).toEqual([1, 0, ['10%']]);
    made.append(encoder.encode('\r20%\nnext'));
    expect([made.count, made.whole, texts(made)]).toEqual([2, 1, ['20%', 'next']]);
  });

  it('are found by their bytes', () => {
    const made = lines('ab\nc\n\nd');
    expect([0, 2, 3, 4, 5, 6].map((byte) => made.lineAt(byte))).toEqual([0, 0, 1, 1, 2, 3]);
    expect([0, 1, 2, 3].map((line) => made.start(line))).toEqual([0, 3, 5, 6]);
  });

  it('know how wide they are', () => {
    const made = lines('abc\n\x1b[31mab\x1b[0m\n\tx\n漢字\nlong\rab\ncr\r\nab');
    expect(Array.from({ length: made.count }, (_, line) => made.width(line))).toEqual([3, 2, 9, 4, 4, 2, 2]);
    expect(made.widest).toBe(9);
  });

  it('begin in the colour in which the one before ended', () => {
    const made = lines('\x1b[31ma\nb\n\x1b[0mc\nd\n\x1b[1me\nf');
    const looks = Array.from({ length: made.count }, (_, line) => made.segments(line)[0]?.look);
    expect(looks).toEqual(['ansi-fg-1', 'ansi-fg-1', '', '', 'ansi-bold', 'ansi-bold']);
  });

  it('show what is not text as a sign', () => {
    expect(texts(lines(new Uint8Array([0x61, 0xff, 0xfe, 0x62, 10])))).toEqual(['a\ufffd\ufffdb']);
  });

  it('that are too long go on in the next, whole characters and sequences together', () => {
    const text = `${'x'.repeat(LONGEST - 1)}é${'y'.repeat(LONGEST - 3)}\x1b[31mz`;
    expect(texts(lines(text))).toEqual(['x'.repeat(LONGEST - 1), `é${'y'.repeat(LONGEST - 3)}`, 'z']);
    expect(texts(lines(`${'x'.repeat(LONGEST)}\n`))).toEqual(['x'.repeat(LONGEST)]);
  });

  it('that were written over again and again are one, and show their end', () => {
    const made = lines('copying\r', ...Array.from({ length: 20_000 }, (_, step) => `${step}\r`), 'done   \n');
    expect(texts(made).map((text) => text.trim())).toEqual(['done']);
    expect(made.width(0)).toBe('done   '.length);
  });

  it('are the same however their bytes are cut', () => {
    const parts = [
      'a',
      'é',
      '漢',
      '🦀',
      '\n',
      '\r',
      '\r\n',
      '\t',
      '\x1b[31m',
      '\x1b[0m',
      '\x1b[38;2;1;2;3m',
      '\x1b[K',
      '\b'
    ];
    const long = 'x'.repeat(LONGEST / 2 - 1);
    for (let seed = 1; seed <= 12; seed += 1) {
      const roll = dice(seed);
      const bytes = encoder.encode(
        Array.from({ length: 400 }, () => (roll(80) ? parts[roll(parts.length)] : long)).join('')
      );
      if (seed % 3 === 0) for (let at = 0; at < bytes.length; at += 1) if (!roll(50)) bytes[at] = roll(256);
      const pieces: Uint8Array[] = [];
      const most = seed % 2 ? 5 : 3000;
      for (let at = 0; at < bytes.length;) {
        const length = 1 + roll(most);
        pieces.push(bytes.subarray(at, at + length));
        at += length;
      }
      expect(all(lines(...pieces))).toEqual(all(lines(bytes)));
    }
  });

  it('are as quick to reach behind a hundred million bytes', () => {
    const made = new Lines();
    const piece = encoder.encode(
      `${'2026-11-26 09:41:07 GET /api/items 200 \x1b[32mok\x1b[0m'.padEnd(99, '.')}\n`.repeat(1000)
    );
    for (let times = 0; times < 1000; times += 1) made.append(piece);
    expect([made.count, made.bytes.length, made.text(999_999).slice(0, 10)]).toEqual([1e6, 1e8, '2026-11-26']);
  });
});
