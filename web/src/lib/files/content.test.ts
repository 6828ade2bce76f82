import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { FileKind } from '#lib/gen/composia/v1/repository_pb.ts';
import { FileContentSchema } from '#lib/gen/composia/v1/server_pb.ts';
import { ProblemSchema } from '#lib/gen/composia/v1/problem_pb.ts';
import { saidOf, shown } from './content.ts';

function file(path: string, data: string | number[], kind = FileKind.FILE) {
  const content = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
  return shown(create(FileContentSchema, { path, data: content, kind }));
}

it('is text, whatever the language', () => {
  expect(file('a.yaml', 'name: é\n')).toEqual({ text: 'name: é\n' });
});

it('says what it is where it cannot be shown', () => {
  expect(file('a.bin', [1, 0, 2])).toEqual({ why: 'It is no text, but 3 B of something else.' });
  expect(file('latin1.txt', [0xe9, 0x0a])).toEqual({ why: 'It is no text, but 2 B of something else.' });
  expect(file('logo.PNG', [1, 2])).toEqual({ why: 'It is an image of 2 B, which is not shown here.' });
  expect(file('current', '../releases/7', FileKind.LINK)).toEqual({ why: 'It is a link to ../releases/7.' });
  expect(file('empty', '')).toEqual({ why: 'It is empty.' });
});

it('has the same problems in each answer, until one is another', () => {
  const problem = { line: 3, message: 'no such key', hint: 'image' };
  const said = saidOf([create(ProblemSchema, problem)]);
  expect(saidOf([create(ProblemSchema, problem)])).toBe(said);
  expect(saidOf([create(ProblemSchema, { ...problem, line: 4 })])).not.toBe(said);
  expect(saidOf([])).not.toBe(said);
});
