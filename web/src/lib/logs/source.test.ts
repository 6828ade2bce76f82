import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { LogEntrySchema, type LogEntry } from '#lib/gen/composia/v1/container_log_pb.ts';
import { Sources } from './source.ts';

const entry = (node: string, name = 'web-app-1'): LogEntry =>
  create(LogEntrySchema, { node, source: { service: 'web', container: 'app', name } });

it('knows a source again, and names it shortly', () => {
  const sources = new Sources();
  expect(['n1', 'n2', 'n1'].map((node) => sources.numberOf(entry(node)))).toEqual([0, 1, 0]);
  expect(sources.numberOf(entry('n1', 'web-app-2'))).toBe(2);
  expect(sources.all.map((one) => one.short)).toEqual(['app@n1', 'app@n2', 'app-2@n1']);
  expect(sources.at(1)?.label).toBe('web/app@n2');
});

it('gives each of two dozen sources a colour of its own, which stays', () => {
  const sources = new Sources();
  const before: number[] = [];
  for (let at = 0; at < 24; at += 1) {
    sources.numberOf(entry(`node-${at}`));
    expect(sources.all.slice(0, at).map((one) => one.hue)).toEqual(before);
    before.push(sources.at(at)?.hue ?? -1);
  }
  expect(new Set(before).size).toBe(24);
  const more = sources.at(sources.numberOf(entry('node-24')));
  expect(before).toContain(more?.hue);
});

it('gives a container the colour of the one before it', () => {
  const sources = new Sources();
  const [old, made] = ['web-app-1', 'app-1'].map((name) => sources.at(sources.numberOf(entry('n1', name))));
  expect(made).not.toBe(old);
  expect(made?.hue).toBe(old?.hue);
});
