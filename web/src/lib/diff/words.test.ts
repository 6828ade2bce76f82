import { describe, expect, it } from 'vitest';
import { LineKind } from '#lib/gen/composia/v1/repository_pb.ts';
import { pieced } from './words.ts';

const kinds: Record<string, LineKind> = { '-': LineKind.REMOVED, '+': LineKind.ADDED, ' ': LineKind.KEPT };

/** Lines as in a unified difference, with what is marked in brackets. */
function marked(...lines: string[]): string[] {
  const made = lines.map((line) => ({
    kind: kinds[line.charAt(0)] ?? LineKind.KEPT,
    old: 0,
    new: 0,
    text: line.slice(1)
  }));
  return pieced(made).map(({ pieces }) => pieces.map(({ text, changed }) => (changed ? `[${text}]` : text)).join(''));
}

describe('of a line that took the place of another', () => {
  it('the words that changed are marked', () => {
    expect(marked('-    image: ghost:5.94-alpine', '+    image: ghost:5.96-alpine')).toEqual([
      '    image: ghost:5.[94]-alpine',
      '    image: ghost:5.[96]-alpine'
    ]);
  });

  it('each of several changes is marked', () => {
    expect(marked('-ports: [80, 443, 9000]', '+ports: [81, 443, 9001]')).toEqual([
      'ports: [[80], 443, [9000]]',
      'ports: [[81], 443, [9001]]'
    ]);
  });

  it('what only one of them has is marked there', () => {
    expect(marked('-restart: always', '+restart: always # for now')).toEqual([
      'restart: always',
      'restart: always[ # for now]'
    ]);
  });

  it('letters of all scripts are words', () => {
    expect(marked('-название: старое имя', '+название: новое имя')).toEqual([
      'название: [старое] имя',
      'название: [новое] имя'
    ]);
  });
});

describe('nothing is marked', () => {
  const plain = (...lines: string[]) => expect(marked(...lines)).toEqual(lines.map((line) => line.slice(1)));

  it('where more lines came than went', () => plain('-a: 1', '+a: 2', '+b: 2'));
  it('where lines are only new', () => plain(' a: 1', '+b: 2', ' c: 3'));
  it('where lines are only gone', () => plain('-a: 1', ' b: 2', '+c: 1'));
  it('in lines that have next to nothing in common', () => plain('-image: ghost', '+command: [sleep, infinity]'));
  it('in very long lines', () => plain(`-${'a '.repeat(400)}b`, `+${'a '.repeat(400)}c`));
});

it('lines that were changed one below the other are compared in their order', () => {
  expect(marked(' services:', '-a: 1', '-b: 2', '+a: 3', '+b: 4', ' c: 5', '-d: 6', '+d: 7')).toEqual([
    'services:',
    'a: [1]',
    'b: [2]',
    'a: [3]',
    'b: [4]',
    'c: 5',
    'd: [6]',
    'd: [7]'
  ]);
});

it('of many words between, all are marked', () => {
  const words = (from: number) => Array.from({ length: 35 }, (_, at) => `w${from + at}`).join(' ');
  const begin = 'the beginning of a line of which enough stays as it was before: '.repeat(3);
  const [old] = marked(`-${begin}${words(0)}`, `+${begin}${words(100)}`);
  expect(old).toBe(`${begin}[${words(0)}]`);
});
