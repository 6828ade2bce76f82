import { expect, it } from 'vitest';
import { fileHref, lineOf } from './address.ts';

it('leads to a line of a file at a revision', () => {
  expect(fileHref('my web', { file: 'a&b.yaml', revision: 'abc', line: 12 })).toBe(
    '/services/my%20web/files?file=a%26b.yaml&revision=abc#L12'
  );
  expect(fileHref('web')).toBe('/services/web/files');
  expect(fileHref('web', { against: '' })).toBe('/services/web/files?against=');
});

it('reads the line of a fragment, and nothing else', () => {
  expect(lineOf('#L12')).toBe(12);
  expect(lineOf('#L0')).toBe(0);
  expect(lineOf('#main')).toBe(0);
  expect(lineOf('')).toBe(0);
});
