import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { FileChangeSchema, HunkSchema, LineKind } from '#lib/gen/composia/v1/repository_pb.ts';
import { numbered, total, unfolded } from './lines.ts';

const { KEPT, REMOVED, ADDED } = LineKind;

it('counts each side by itself', () => {
  const hunk = create(HunkSchema, {
    oldLine: 9,
    newLine: 12,
    kinds: [KEPT, REMOVED, REMOVED, ADDED, KEPT],
    lines: ['a', 'b', 'c', 'd', 'e']
  });
  expect(numbered(hunk).map((line) => [line.old, line.new])).toEqual([
    [9, 12],
    [10, 0],
    [11, 0],
    [0, 13],
    [12, 14]
  ]);
});

it('begins at 1 in a file that is new', () => {
  const hunk = create(HunkSchema, { oldLine: 0, newLine: 1, kinds: [ADDED, ADDED], lines: ['a', 'b'] });
  expect(numbered(hunk).map((line) => [line.old, line.new])).toEqual([
    [0, 1],
    [0, 2]
  ]);
});

function file(path: string, lines: number) {
  const hunk = { kinds: Array(lines).fill(ADDED), lines: Array(lines).fill('x') as string[] };
  return create(FileChangeSchema, { path, hunks: [hunk], added: lines, removed: 1 });
}

it('unfolds as many files as can be looked through, and the first in any case', () => {
  expect([...unfolded([file('a', 10), file('b', 10), file('c', 10)], 25)]).toEqual(['a', 'b']);
  expect([...unfolded([file('a', 1000), file('b', 1)], 25)]).toEqual(['a']);
});

it('adds up what came in and went out', () => {
  expect(total([file('a', 2), file('b', 3)])).toEqual({ added: 5, removed: 2 });
});
