import { expect, it } from 'vitest';
import { Cleared } from './cleared.ts';
import { LogLines } from './lines.ts';

const line = (source: number, at: bigint) => ({ source, at, stderr: false, data: new Uint8Array() });

it('knows of each source by itself what was cleared away, also where the clock of its node is behind', () => {
  const lines = new LogLines();
  lines.append([line(0, 100n), line(1, 40n), line(0, 110n)]);
  const cleared = new Cleared();
  expect([cleared.latest, cleared.has(line(0, 100n))]).toEqual([0n, false]);
  cleared.take(lines);
  expect(
    [line(0, 110n), line(0, 111n), line(1, 40n), line(1, 41n), line(2, 1n)].map((one) => cleared.has(one))
  ).toEqual([true, false, true, false, false]);
  expect(cleared.latest).toBe(110n);
});
