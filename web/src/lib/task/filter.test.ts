import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { TaskKind, TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { ALL, asked, ENDS, isAbout, isAmong, readFilter, writeFilter, type Filter } from './filter.ts';

const read = (query: string) => readFilter(new URLSearchParams(query));

describe('the address of a history', () => {
  it('says nothing of what is as usual', () => {
    expect(writeFilter(ALL)).toBe('');
    expect(read('')).toEqual(ALL);
  });

  it('says all that was chosen, and is read again', () => {
    const filter: Filter = {
      states: [TaskState.LOST, TaskState.FAILED],
      kind: TaskKind.RESTART,
      service: 'web',
      node: 'n1',
      span: 'between',
      from: '2026-11-25T09:00',
      to: '2026-11-26T09:00'
    };
    const query =
      '?state=failed,lost&kind=restart&service=web&node=n1&time=between&from=2026-11-25T09:00&to=2026-11-26T09:00';
    expect(writeFilter(filter)).toBe(query);
    expect(read(query)).toEqual({ ...filter, states: [TaskState.FAILED, TaskState.LOST] });
  });

  it('that names what does not exist leaves it out', () => {
    expect(read('state=running,broken&kind=dance&time=yesterday')).toEqual(ALL);
  });
});

describe('what is asked for', () => {
  it('are tasks that have ended', () => {
    expect(asked(ALL, 5000)).toEqual({
      states: Object.values(ENDS),
      kinds: [],
      services: [],
      nodes: [],
      sinceMs: 0n,
      untilMs: 0n
    });
  });

  it('is what the filter says, until now or between two moments', () => {
    const now = Date.parse('2026-11-26T09:00:00Z');
    const hour = asked(read('state=failed&kind=deploy&service=web&node=n1&time=1h'), now);
    expect(hour).toMatchObject({
      states: [TaskState.FAILED],
      kinds: [TaskKind.DEPLOY],
      services: ['web'],
      nodes: ['n1']
    });
    expect(hour.sinceMs).toBe(BigInt(now - 3_600_000));
    const between = asked(read('time=between&from=2026-11-25T09:00&to='), now);
    expect([between.sinceMs, between.untilMs]).toEqual([BigInt(Date.parse('2026-11-25T09:00')), 0n]);
  });
});

it.each([
  ['', true],
  ['state=failed', true],
  ['state=lost', false],
  ['kind=deploy', true],
  ['kind=stop', false],
  ['service=web&node=n1', true],
  ['service=db', false],
  ['node=n2', false],
  ['time=1h', true],
  ['time=between&from=1970-01-01T00:00&to=1970-01-02T00:00', false]
])('a failed deploy of web on n1 a minute ago with %j is shown: %s', (query, shown) => {
  const now = Date.parse('2026-11-26T09:00:00Z');
  const task = create(TaskSchema, {
    state: TaskState.FAILED,
    order: { kind: TaskKind.DEPLOY },
    service: 'web',
    node: 'n1',
    createdMs: BigInt(now - 60_000)
  });
  expect(isAmong(task, asked(read(query), now))).toBe(shown);
});

it.each([
  ['', true],
  ['node=n1&kind=deploy&service=web', true],
  ['node=n2', false],
  ['service=db', false]
])('a deploy of web on n1 that has not ended is what %j asks for: %s', (query, shown) => {
  const order = { kind: TaskKind.DEPLOY };
  const task = create(TaskSchema, { state: TaskState.PENDING, order, service: 'web', node: 'n1', createdMs: 1n });
  expect(isAbout(task, asked(read(query), 5000))).toBe(shown);
});
