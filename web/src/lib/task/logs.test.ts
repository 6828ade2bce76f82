import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { TaskSchema } from '#lib/gen/composia/v1/task_pb.ts';
import { logsHref } from './logs.ts';

const NOON = BigInt(Date.UTC(2026, 10, 26, 12));
const task = (more: MessageInitShape<typeof TaskSchema>) =>
  create(TaskSchema, { service: 'my web', node: 'n1', createdMs: NOON, endedMs: NOON + 9000n, ...more });

it('leads to what was printed while tasks were at work, and a minute longer', () => {
  expect(logsHref([task({ startedMs: NOON + 1500n })])).toBe(
    '/services/my%20web/logs?node=n1&from=2026-11-26T12:00:01.500Z&to=2026-11-26T12:01:09Z'
  );
});

it('leads to all of their nodes, each once', () => {
  const tasks = [task({}), task({ node: 'n2', endedMs: NOON + 60_000n }), task({ startedMs: NOON + 5n })];
  expect(logsHref(tasks)).toBe('/services/my%20web/logs?node=n1,n2&from=2026-11-26T12:00:00Z&to=2026-11-26T12:02:00Z');
});

it('leads nowhere without a service, and has no end without one', () => {
  expect([logsHref([]), logsHref([task({ service: '' })])]).toEqual(['', '']);
  expect(logsHref([task({ endedMs: 0n })])).toBe('/services/my%20web/logs?node=n1&from=2026-11-26T12:00:00Z');
});
