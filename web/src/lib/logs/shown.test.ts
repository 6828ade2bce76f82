import { describe, expect, it } from 'vitest';
import { lineText, shown, whole } from './shown.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const pieces = (text: string) => shown(bytes(text)).segments.map(({ text, look }) => (look ? `${look}:${text}` : text));

describe('a line', () => {
  it('of JSON has its level and message first, then key=value', () => {
    expect(pieces('{"time":"x","level":"error","msg":"job failed","ms":3}')).toEqual([
      'log-error:ERROR ',
      'job failed',
      'log-key: ms=',
      '3',
      'log-key: time=',
      'x'
    ]);
    expect(pieces('{"a":"one\\ntwo"}')).toEqual(['log-key:a=', '"one\\ntwo"']);
    expect(pieces('{"msg":"one\\ntwo\\u001b[31m"}')).toEqual(['one ↵ two']);
    expect(shown(bytes('{"msg":"x"}')).opens).toBe(true);
  });

  it('of text has its level and keys set off', () => {
    expect(pieces('WARN slow query ms=812 SELECT a=1')).toEqual([
      'log-warn:WARN',
      ' slow query ',
      'log-key:ms=',
      '812 SELECT ',
      'log-key:a=',
      '1'
    ]);
    expect(pieces('level=info x')).toEqual(['log-key:level=', 'log-info:info', ' x']);
  });

  it('in colours of its own keeps them, and has its level all the same', () => {
    const line = shown(bytes('\x1b[31mERROR\x1b[0m lost'));
    expect([line.level, line.segments.map(({ text, look }) => [text, look])]).toEqual([
      'error',
      [
        ['ERROR', 'ansi-fg-1'],
        [' lost', '']
      ]
    ]);
  });

  it('of a megabyte shows its beginning and says how much is left out', () => {
    const line = shown(bytes('x'.repeat(1 << 20)));
    expect([line.segments[0]?.text.length, line.cut, line.opens]).toEqual([4096, (1 << 20) - 4096, true]);
    const json = shown(bytes(`{"msg":"${'x'.repeat(50_000)}"}`));
    expect(json.segments.map((one) => one.text).join('').length).toBe(4097);
  });

  it('of bytes that are no text is shown with signs', () => {
    const line = shown(new Uint8Array([0x61, 0, 0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x62, 0x07]));
    expect(line.segments.map((one) => one.text).join('')).toBe('a\ufffdb');
    expect(shown(new Uint8Array()).segments).toEqual([]);
  });
});

describe('a line that is opened', () => {
  it('is written over many lines when it is JSON, else as it is', () => {
    expect(whole(bytes('{"a":1}')).text).toBe('{\n  "a": 1\n}');
    expect(whole(bytes('\x1b[1mplain\x1b[0m')).text).toBe('plain');
  });

  it('has an end too', () => {
    const { text, cut } = whole(bytes('y'.repeat(300 * 1024)));
    expect([text.length, cut]).toEqual([256 * 1024, 44 * 1024]);
  });
});

it('is searched and copied without colours', () => {
  expect(lineText(bytes('\x1b[31mERROR\x1b[0m lost'))).toBe('ERROR lost');
});
