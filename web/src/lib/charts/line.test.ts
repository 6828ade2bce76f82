import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { SeriesSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { aligned, summed } from './line.ts';

const series = (container: string, startMs: number, values: number[]) =>
  create(SeriesSchema, { container, startMs: BigInt(startMs), stepS: 5, values });

it('lays series over common times', () => {
  const found = aligned([series('a', 10_000, [1, 2]), series('b', 15_000, [3, 4])], (one) => one.container);
  expect(found.times).toEqual([10, 15, 20]);
  expect(found.lines).toEqual([
    { name: 'a', values: [1, 2, NaN] },
    { name: 'b', values: [NaN, 3, 4] }
  ]);
});

it('sums what is known', () => {
  const { lines } = aligned([series('a', 0, [1, NaN]), series('b', 0, [2, NaN])], (one) => one.container);
  expect(summed(lines, 'all')).toEqual({ name: 'all', values: [3, NaN] });
});

it('has nothing of nothing', () => expect(aligned([], () => '')).toEqual({ times: [], lines: [] }));
