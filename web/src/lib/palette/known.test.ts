import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { DeploymentViewSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { TaskSchema } from '#lib/gen/composia/v1/task_pb.ts';
import { knownTasks } from './known.ts';

it('has each task once, the newest first', () => {
  const [old, middle, fresh] = [1n, 2n, 3n].map((sequence) => create(TaskSchema, { id: `t${sequence}`, sequence }));
  const view = create(DeploymentViewSchema, { tasks: [old, middle].flatMap((task) => task ?? []) });
  const heard = [middle, fresh].flatMap((task) => task ?? []);
  expect(knownTasks(heard, [view]).map((task) => task.id)).toEqual(['t3', 't2', 't1']);
});
