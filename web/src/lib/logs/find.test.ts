import { describe, expect, it } from 'vitest';
import { hider, marked, marker, wrongPattern } from './find.ts';

const segments = (...texts: string[]) =>
  texts.map((text, at) => ({ text, look: at ? `look-${at}` : '', fg: '', bg: '' }));
const shown = (texts: string[], search: { text: string; regex?: boolean; ignoreCase?: boolean }) =>
  marked(segments(...texts), marker({ regex: false, ignoreCase: false, ...search })).map(({ text, look }) => [
    text,
    look
  ]);

describe('matches', () => {
  it('are marked, across what is written differently too', () => {
    expect(shown(['time ', 'out', ' time out'], { text: 'time out' })).toEqual([
      ['time ', 'ansi-mark'],
      ['out', 'look-1 ansi-mark'],
      [' ', 'look-2'],
      ['time out', 'look-2 ansi-mark']
    ]);
  });

  it('are the same letters, or any case', () => {
    expect(shown(['a.B axB'], { text: 'a.b', ignoreCase: true })).toEqual([
      ['a.B', 'ansi-mark'],
      [' axB', '']
    ]);
    expect(shown(['a.B'], { text: 'a.b' })).toEqual([['a.B', '']]);
  });

  it('of expressions are marked as far as a browser knows them', () => {
    expect(shown(['GET /a 500'], { text: '(?i)get .* (?P<code>5\\d\\d)', regex: true })).toEqual([
      ['GET /a 500', 'ansi-mark']
    ]);
    expect(shown(['abc'], { text: 'x*', regex: true })).toEqual([['abc', '']]);
    expect(marker({ text: '[[:alpha:]', regex: true, ignoreCase: false })).toBeUndefined();
    expect(marker({ text: '(a+)+$', regex: true, ignoreCase: false })).toBeUndefined();
    expect(marker({ text: '', regex: false, ignoreCase: false })).toBeUndefined();
  });

  it('of a text may have signs that mean something in expressions', () => {
    expect(shown(['cost: $5 (net) [a]{2}'], { text: '$5 (net) [a]{2}' })[1]).toEqual(['$5 (net) [a]{2}', 'ansi-mark']);
  });
});

describe('what is hidden', () => {
  it('has a text in it, or matches an expression between slashes', () => {
    const hides = hider(['healthz', '/^GET .* 200/i', '/path']);
    expect(['GET /healthz', 'get / 200', 'a /path', 'GET / 500'].map((line) => hides?.(line))).toEqual([
      true,
      true,
      true,
      false
    ]);
    expect(hider([])).toBeUndefined();
    expect(hider(['', '/(/'])).toBeUndefined();
  });

  it('is the same without what may be anything before and after it', () => {
    const hides = (pattern: string) =>
      ['GET /healthz 200', 'healthz', 'x.*', 'none'].map(hider([pattern]) ?? (() => false));
    expect(hides('/.*healthz.*/')).toEqual([true, true, false, false]);
    expect(hides('/.*?.+healthz.+/')).toEqual([true, false, false, false]);
    expect(hides('/x\\.*/')).toEqual([false, false, true, false]);
    expect(hides('/.\\..*$/')).toEqual([false, false, true, false]);
    expect(hides('/.*/')).toEqual([true, true, true, true]);
  });

  it('is looked for by expressions in the beginning of a line, however long it is', () => {
    const long = `${'a'.repeat(5000)} end`;
    expect([hider(['/a{2}/'])?.(long), hider(['/end/'])?.(long), hider(['end'])?.(long)]).toEqual([true, false, true]);
  });

  it('is refused where a browser cannot use it', () => {
    expect(wrongPattern('/(/')).not.toBe('');
    expect(wrongPattern('/(a|a)*b/')).not.toBe('');
    const endless = ['(([a-z]+)\\s?)+x', '((a|b)c)+', '((a?))*b', '(?:(?<n>\\d+))+', '(a{2,}){3,}', '([)]+)+'];
    expect(endless.filter((one) => wrongPattern(`/${one}/`) === '')).toEqual([]);
    const sound = ['(\\d{1,3}\\.){3}', '(?:GET|HEAD) .+', '(abc)+', '[(a+)]+', '\\((a+)\\)+', '(\\d{3})+', '(?:a+)b+'];
    expect(sound.filter((one) => wrongPattern(`/${one}/`) !== '')).toEqual([]);
    expect([wrongPattern('/a+/'), wrongPattern('(('), wrongPattern('/(GET|HEAD) x/')]).toEqual(['', '', '']);
  });
});
