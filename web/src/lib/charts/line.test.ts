import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { SeriesSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { aligned, atMost, meantAt, newestOf, ofContainers, summed } from './line.ts';

const series = (container: string, startMs: number, values: number[], node = 'n1') =>
  create(SeriesSchema, { node, container, startMs: BigInt(startMs), stepS: 5, values });

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

it('names containers with their nodes where there are several', () => {
  const names = (...of: [container: string, node: string][]) =>
    ofContainers(of.map(([container, node]) => series(container, 0, [1], node))).lines.map((line) => line.name);
  expect(names(['web-app-1', 'n1'], ['web-db-1', 'n1'])).toEqual(['web-app-1', 'web-db-1']);
  expect(names(['web-app-1', 'n1'], ['web-app-1', 'n2'])).toEqual(['web-app-1 on n1', 'web-app-1 on n2']);
  expect(names()).toEqual([]);
});

it('means the nearest mark, and none that is far away or out of sight', () => {
  const marks = [-4, 100, 120].map((at) => ({ at, href: '', text: `at ${at}`, bad: false }));
  const meant = (x: number) => meantAt(x, marks, (at) => at)?.text;
  expect([84, 104, 112, 136].map(meant)).toEqual(['at 100', 'at 100', 'at 120', 'at 120']);
  expect([1, 83, 137].map(meant)).toEqual([undefined, undefined, undefined]);
});

it('of too many lines those are left that go on, and of too many of those the sum', () => {
  const line = (name: string, ...values: number[]) => ({ name, values });
  const [web, db] = [line('web', 1, 1, 1, 1, NaN), line('db', 2, 2, 2, NaN, NaN)];
  const gone = [line('job-1', 4, NaN, NaN, NaN, NaN), line('job-2', NaN, NaN, NaN, NaN, NaN)];
  expect([newestOf([web, db]), newestOf(gone), newestOf([])]).toEqual([3, 0, -1]);
  expect(atMost(4, [...gone, web, db]).map((one) => one.name)).toEqual(['job-1', 'job-2', 'web', 'db']);
  expect(atMost(3, [...gone, web, db]).map((one) => one.name)).toEqual(['web', 'db']);
  expect(atMost(1, [...gone, web, db])).toEqual([line('all 4 containers', 7, 3, 3, 1, NaN)]);
});
