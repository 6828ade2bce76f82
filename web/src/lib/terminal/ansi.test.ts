import { describe, expect, it } from 'vitest';
import { carried, cells, parse, plainText, PLAIN } from './ansi.ts';

const shown = (text: string) => plainText(parse(text).segments);
const looks = (text: string) => parse(text).segments.map(({ text, look }) => [text, look]);

describe('colours and weights', () => {
  it.each([
    ['plain', [['plain', '']]],
    [
      '\x1b[31mred\x1b[0m rest',
      [
        ['red', 'ansi-fg-1'],
        [' rest', '']
      ]
    ],
    ['\x1b[mnothing', [['nothing', '']]],
    [
      '\x1b[1;4;92mok\x1b[22;24mon',
      [
        ['ok', 'ansi-bold ansi-underline ansi-fg-10'],
        ['on', 'ansi-fg-10']
      ]
    ],
    ['\x1b[2;3;9mx\x1b[0m', [['x', 'ansi-dim ansi-italic ansi-strike']]],
    [
      '\x1b[44mx\x1b[49my',
      [
        ['x', 'ansi-bg-4'],
        ['y', '']
      ]
    ],
    [
      '\x1b[7mx\x1b[27my',
      [
        ['x', 'ansi-inverse'],
        ['y', '']
      ]
    ],
    ['\x1b[7;31mx', [['x', 'ansi-bg-1']]],
    ['\x1b[38;5;9mx', [['x', 'ansi-fg-9']]],
    [
      '\x1b[4:3mx\x1b[4:0my',
      [
        ['x', 'ansi-underline'],
        ['y', '']
      ]
    ]
  ])('of %j', (text, segments) => expect(looks(text)).toEqual(segments));

  it.each([
    ['\x1b[38;5;208mx', '#ff8700', ''],
    ['\x1b[38;5;16mx', '#000000', ''],
    ['\x1b[38;5;255mx', '#eeeeee', ''],
    ['\x1b[38;2;1;171;255mx', '#01abff', ''],
    ['\x1b[38:2::1:171:255mx', '#01abff', ''],
    ['\x1b[48;2;0;0;10;1mx', '', '#00000a'],
    ['\x1b[7;38;2;9;9;9mx', '', '#090909']
  ])('of %j are the program’s own', (text, fg, bg) => {
    const [only] = parse(text).segments;
    expect([only?.text, only?.fg, only?.bg]).toEqual(['x', fg, bg]);
  });

  it('go on in the next line until they are reset', () => {
    const { style } = parse('\x1b[31mred');
    expect(parse('still', style).segments[0]?.look).toBe('ansi-fg-1');
    expect(carried('a\x1b[32mb\x1b[1', style)).toEqual(parse('a\x1b[32mb', style).style);
    expect(parse('x\x1b[0m', style).style).toBe(PLAIN);
    expect(parse('x\x1b[39m', style).style).toBe(PLAIN);
  });
});

describe('what a terminal does with', () => {
  it.each([
    ['a carriage return', '10%\r20%\r100%', '100%'],
    ['a shorter text after one', 'downloading\rdone', 'doneloading'],
    ['an erased rest', 'downloading\rdone\x1b[K', 'done'],
    ['an erased line', 'downloading\x1b[2K\rok', 'ok         '.trimEnd()],
    ['a carriage return before the newline', 'line\r', 'line'],
    ['a backspace', 'ab\b\bxy', 'xy'],
    ['a column', 'abc\x1b[1Gx\x1b[6Gy', 'xbc  y'],
    ['the cursor’s other ways', 'a\x1b[3Ab\x1b[?25lc\x1b[2J', 'abc'],
    ['a title', '\x1b]0;title\x07a\x1b]0;t\x1b\\b', 'ab'],
    ['a link', '\x1b]8;;https://x.y\x1b\\name\x1b]8;;\x1b\\', 'name'],
    ['a character set', 'a\x1b(Bb\x1b7c', 'abc'],
    ['a sequence that does not end', 'a\x1b[31', 'a'],
    ['an escape at the end', 'a\x1b', 'a'],
    ['a broken sequence', 'a\x1b[31\u0001b', 'ab'],
    ['bells and other controls', 'a\x07b\x00c\x7f', 'abc'],
    ['a tab', 'a\tb', 'a\tb'],
    ['letters beyond the first plane', '\x1b[1m🦀é漢\rx', 'xé漢']
  ])('%s', (_name, text, expected) => expect(shown(text).trimEnd()).toBe(expected));

  it('keeps the colour of what is not overwritten', () => {
    expect(looks('\x1b[31mabc\x1b[0m\rx')).toEqual([
      ['x', ''],
      ['bc', 'ansi-fg-1']
    ]);
  });
});

it('a text takes as many cells as a terminal gives it', () => {
  expect(cells('abc')).toBe(3);
  expect(cells('a\tb')).toBe(9);
  expect(cells('漢字é🦀')).toBe(7);
  expect(cells('e\u0301')).toBe(1);
});
