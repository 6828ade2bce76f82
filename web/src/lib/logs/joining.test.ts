import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { LogEntrySchema } from '#lib/gen/composia/v1/container_log_pb.ts';
import { Joining, type Line } from './joining.ts';

const entry = (text: string, more: { partial?: boolean; stderr?: boolean; atNs?: bigint } = {}) =>
  create(LogEntrySchema, { data: new TextEncoder().encode(text), ...more });
const text = (line: Line | undefined) => line && new TextDecoder().decode(line.data);

it('joins the pieces of a line, each source and stream by itself', () => {
  const joining = new Joining();
  expect(joining.add(entry('a', { partial: true, atNs: 5n }), 0)).toBeUndefined();
  expect(text(joining.add(entry('other'), 1))).toBe('other');
  expect(text(joining.add(entry('err', { stderr: true }), 0))).toBe('err');
  expect(joining.add(entry('b', { partial: true, atNs: 6n }), 0)).toBeUndefined();
  const line = joining.add(entry('c', { atNs: 7n }), 0);
  expect([text(line), line?.at]).toEqual(['abc', 5n]);
  expect(text(joining.add(entry('next'), 0))).toBe('next');
});

it('gives what does not go on at the end, once', () => {
  const joining = new Joining();
  joining.add(entry('half', { partial: true, stderr: true }), 3);
  expect(joining.end().map((line) => [text(line), line.source, line.stderr])).toEqual([['half', 3, true]]);
  expect(joining.end()).toEqual([]);
});
