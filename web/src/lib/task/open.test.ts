import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { openOf } from './open.ts';

it('what runs is in the order in which it began, what waits in that in which it is let go', () => {
  const { PENDING, ASSIGNED, RUNNING, FAILED } = TaskState;
  const task = (id: string, state: TaskState, more = {}) => create(TaskSchema, { id, state, ...more });
  const open = openOf([
    task('t1', FAILED),
    task('t2', PENDING, { sequence: 2n }),
    task('t3', RUNNING, { startedMs: 9n }),
    task('t4', ASSIGNED, { startedMs: 8n }),
    task('t5', PENDING, { sequence: 5n, priority: 1 }),
    task('t6', PENDING, { sequence: 1n })
  ]);
  expect(open.running.map((one) => one.id)).toEqual(['t4', 't3']);
  expect(open.waiting.map((one) => one.id)).toEqual(['t5', 't6', 't2']);
});
