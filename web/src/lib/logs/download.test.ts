import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, it } from 'vitest';
import { LogPageSchema, type LogPage } from '#lib/gen/composia/v1/container_log_pb.ts';
import { gathered, writer, type Progress } from './download.ts';
import type { Query } from './question.ts';

const AT = BigInt(Date.parse('2026-11-26T07:00:00Z')) * 1_000_000n;
const entry = (text: string | Uint8Array<ArrayBuffer>, at: number) => ({
  node: 'n1',
  source: { service: 'web', container: 'app', name: 'web-app-1', id: 'x' },
  atNs: AT + BigInt(at),
  stderr: at === 2,
  data: typeof text === 'string' ? new TextEncoder().encode(text) : text
});
const PAGES = [
  create(LogPageSchema, { entries: [entry('one', 1), entry('healthz', 2)], cursor: '1' }),
  create(LogPageSchema, { entries: [entry(new Uint8Array([0xff]), 3)], cursor: '2' })
];

/** Gives the pages, and breaks after the first one so many times. */
function reader(breaks: number, asked: Query[] = []) {
  let left = breaks;
  return async function* (query: Query): AsyncGenerator<LogPage> {
    asked.push(query);
    await Promise.resolve();
    for (const page of PAGES.slice(Number(query.cursor))) {
      yield page;
      if ((left -= 1) >= 0) throw new ConnectError('gone', Code.Unavailable);
    }
  };
}
const never = new AbortController().signal;

it('writes lines with time and source, without those that are hidden', async () => {
  const seen: Progress[] = [];
  const write = writer('text', (line) => line.includes('healthz'));
  const file = await gathered({ services: ['web'] }, reader(0), write, never, (progress) => seen.push(progress));
  expect(await file.text()).toBe(
    '2026-11-26T07:00:00.000000001Z web/app@n1 one\n2026-11-26T07:00:00.000000003Z web/app@n1 \ufffd\n'
  );
  expect(seen.map((one) => one.lines)).toEqual([1, 2]);
});

it('writes an object a line, with the bytes of what is no text', async () => {
  const file = await gathered({}, reader(0), writer('json', undefined), never, () => undefined);
  const objects = (await file.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects[1]).toEqual({
    time: '2026-11-26T07:00:00.000000002Z',
    node: 'n1',
    service: 'web',
    container: 'app',
    name: 'web-app-1',
    stream: 'stderr',
    text: 'healthz',
    base64: null,
    partial: false
  });
  expect([objects[2]?.text, objects[2]?.base64]).toEqual(['\ufffd', '/w==']);
});

it('goes on behind the last page after a break', async () => {
  const asked: Query[] = [];
  const file = await gathered({}, reader(1, asked), writer('text', undefined), never, () => undefined, 0);
  expect((await file.text()).trim().split('\n').length).toBe(3);
  expect(asked.map((query) => query.cursor)).toEqual(['', '1']);
});
