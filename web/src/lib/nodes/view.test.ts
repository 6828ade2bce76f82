import { expect, it } from 'vitest';
import { directionOf, readView, writeView } from './view.ts';

const read = (query: string) => readView(new URLSearchParams(query));

it.each(['', '?q=zone%3Da+27.3', '?state=offline,paused', '?sort=cpu', '?sort=-name', '?q=a&state=online&sort=-seen'])(
  'the address %j shows the same again',
  (query) => expect(writeView(read(query))).toBe(query)
);

it('leaves out what it does not know', () =>
  expect(writeView(read('?state=odd,drained&sort=-odd'))).toBe('?state=drained&sort=-name'));

it('sorts by names from the first, and by use from the most', () => {
  const sorted = (query: string) => directionOf(read(query), readView(new URLSearchParams(query)).sort);
  expect(['', '?sort=-name', '?sort=cpu', '?sort=-cpu'].map(sorted)).toEqual([
    'ascending',
    'descending',
    'descending',
    'ascending'
  ]);
  expect(directionOf(read('?sort=cpu'), 'name')).toBeUndefined();
});
