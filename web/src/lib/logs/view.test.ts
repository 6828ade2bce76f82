import { expect, it } from 'vitest';
import { NOTHING_CHOSEN, readView, writeView } from './view.ts';

it.each([
  '',
  '?service=web,db&node=n1&container=app',
  '?q=time.%3Fout&regex=&ignore-case=',
  '?hide=healthz&hide=/GET+.*+200/i',
  '?last=15m',
  '?from=2026-11-26T06:00:00Z&to=2026-11-26T07:00:00Z',
  '?at=1764140000123456789&of=n1/web-app-1',
  '?live=&wrap=yes&time=relative',
  '?wrap=no&time=full'
])('the address %j shows the same again', (address) => {
  expect(writeView(readView(new URLSearchParams(address)))).toBe(address);
});

it('nonsense in an address shows all', () => {
  expect(readView(new URLSearchParams('service=,,&at=x&time=moon&last=1y&hide='))).toEqual(NOTHING_CHOSEN);
});
