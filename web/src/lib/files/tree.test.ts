import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { FileEntrySchema, FileKind } from '#lib/gen/composia/v1/repository_pb.ts';
import { firstFile, treeLines, within } from './tree.ts';

const { FILE, DIRECTORY, SUBMODULE } = FileKind;
const files = [
  ['.env', FILE],
  ['conf', DIRECTORY],
  ['conf/nginx.conf', FILE],
  ['conf/tls', DIRECTORY],
  ['conf/tls/a.pem', FILE],
  ['compose.yaml', FILE],
  ['vendor', SUBMODULE]
].map(([path, kind]) => create(FileEntrySchema, { path: path as string, kind: kind as FileKind }));

it('has directories before files, and what is in them below them', () => {
  expect(treeLines(files).map((line) => [line.name, line.depth])).toEqual([
    ['conf', 0],
    ['tls', 1],
    ['a.pem', 2],
    ['nginx.conf', 1],
    ['.env', 0],
    ['compose.yaml', 0],
    ['vendor', 0]
  ]);
});

it('takes a directory of very many files', () => {
  const many = Array.from({ length: 40_000 }, (_, at) => create(FileEntrySchema, { path: `f${at}`, kind: FILE }));
  expect(treeLines(many)).toHaveLength(40_000);
});

it('hides what is below a folded directory', () => {
  expect(treeLines(files, new Set(['conf'])).map((line) => line.path)).toEqual([
    'conf',
    '.env',
    'compose.yaml',
    'vendor'
  ]);
});

it('begins with the Compose file', () => {
  expect(firstFile(files)).toBe('compose.yaml');
  expect(firstFile(files.slice(0, 5))).toBe('.env');
  expect(firstFile(files.slice(6))).toBe('');
});

it('knows a path by what it is in the repository too', () => {
  expect(within('apps/web/conf/nginx.conf', 'apps/web', files)).toBe('conf/nginx.conf');
  expect(within('compose.yaml', 'apps/web', files)).toBe('compose.yaml');
  expect(within('apps/web/gone', 'apps/web', files)).toBe('apps/web/gone');
});
