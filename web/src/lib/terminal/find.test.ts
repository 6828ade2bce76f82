import { describe, expect, it } from 'vitest';
import { parse } from './ansi.ts';
import { Finder, marked } from './find.ts';
import { Lines } from './lines.ts';

function lines(text: string): Lines {
  const made = new Lines();
  made.append(new TextEncoder().encode(text));
  return made;
}

function found(finder: Finder): number[] {
  while (!finder.look(1 << 20));
  return Array.from({ length: finder.found.length }, (_, number) => finder.found.at(number));
}

describe('a text is found', () => {
  it.each([
    ['error', 'an Error\nno\nERROR: error', [3, 12, 19]],
    ['aa', 'aaaaa', [0, 2]],
    ['é', 'aéé', [1, 3]],
    ['x', 'abc', []],
    ['longer than all', 'short', []]
  ])('%j in %j', (text, output, places) => expect(found(new Finder(lines(output), text))).toEqual(places));

  it('wherever it is among many bytes', () => {
    const places = [0, 65_530, 65_536, 131_069, 400_000];
    const bytes = 'nee '.repeat(100_020).split('');
    for (const place of places) bytes.splice(place, 6, ...'N,e,e,d,l,e'.split(','));
    expect(found(new Finder(lines(bytes.join('')), 'needle'))).toEqual(places);
  });

  it('in what comes later too, and across the border', () => {
    const output = lines('one nee');
    const finder = new Finder(output, 'needle');
    expect(finder.look(1000)).toBe(true);
    output.append(new TextEncoder().encode('dle\nneedle\nrest'));
    expect(found(finder)).toEqual([4, 11]);
    expect([finder.line(0), finder.line(1)]).toEqual([0, 1]);
    expect([finder.from(0), finder.from(1), finder.from(2)]).toEqual([0, 1, 2]);
  });
});

describe('marks', () => {
  const marks = (text: string, needle: string) =>
    marked(parse(text).segments, needle).map((one) => [one.text, one.look.trim()]);

  it('are on every place, in whatever colours it is', () => {
    expect(marks('an Error, ERROR', 'error')).toEqual([
      ['an ', ''],
      ['Error', 'ansi-mark'],
      [', ', ''],
      ['ERROR', 'ansi-mark']
    ]);
    expect(marks('\x1b[31mer\x1b[0mror', 'error')).toEqual([
      ['er', 'ansi-fg-1 ansi-mark'],
      ['ror', 'ansi-mark']
    ]);
  });

  it('are nowhere when there is nothing to mark', () => {
    expect(marks('abc', 'x')).toEqual([['abc', '']]);
    expect(marks('abc', '')).toEqual([['abc', '']]);
  });
});
