import { expect, it } from 'vitest';
import { readObjects, writeObjects } from './object-view.ts';

it.each(['', '?q=nginx', '?unused=', '?q=nginx+1.27&unused='])('the address %j shows the same again', (query) =>
  expect(writeObjects(readObjects(new URLSearchParams(query)))).toBe(query)
);

it('takes the shorter way to say it', () => expect(readObjects(new URLSearchParams('?unused')).unused).toBe(true));
