import { expect, it } from 'vitest';
import { nearest } from './nearest.ts';

it('finds what was probably meant', () => {
  const names = ['shop-web', 'shop-db', 'mail', 'grafana'];
  expect(nearest('shop-wbe', names)).toBe('shop-web');
  expect(nearest('mial', names)).toBe('mail');
  expect(nearest('graf', names)).toBe('grafana');
});

it('finds nothing where nothing is like it', () => {
  expect(nearest('prometheus', ['shop-web', 'mail'])).toBe('');
  expect(nearest('x', [])).toBe('');
});
