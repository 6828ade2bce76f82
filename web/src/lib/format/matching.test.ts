import { expect, it } from 'vitest';
import { matching } from './matching.ts';

it('lets everything through without a word', () => expect(matching('  ')).toBeUndefined());

it.each([
  ['nginx', true],
  ['1.27 NGINX', true],
  ['nginx redis', false]
])('%j lets Nginx:1.27 through: %s', (filter, through) => expect(matching(filter)?.('Nginx:1.27')).toBe(through));
