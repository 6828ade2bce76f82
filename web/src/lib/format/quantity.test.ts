import { expect, it } from 'vitest';
import { bytes, count, percent } from './quantity.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 KiB'],
  [1536, '1.5 KiB'],
  [856 * 2 ** 20, '856 MiB'],
  [1000 * 2 ** 20, '1 GiB'],
  [1.3 * 2 ** 30, '1.3 GiB']
])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

it('takes the numbers of the wire', () => expect(bytes(2n ** 40n)).toBe('1 TiB'));

it('shows percent with a digit while there is room', () => {
  expect(percent(0.61)).toBe('0.6%');
  expect(percent(142.7)).toBe('143%');
});

it('counts', () => {
  expect(count(1, 'service')).toBe('1 service');
  expect(count(1200, 'service')).toBe('1,200 services');
});
