import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { DeploymentSchema, DeploymentState, DeploymentViewSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { causeOf, heardOf, upToDate } from './deployments.ts';

const deployment = (number: number, state: DeploymentState, service = 'web') =>
  create(DeploymentSchema, { id: `d${number}`, sequence: BigInt(number), service, state });
const task = (id: string, of: string, state: TaskState, node = 'a') =>
  create(TaskSchema, { id, deployment: of, node, state });
const { RUNNING, SUCCEEDED } = DeploymentState;

const heard = {
  deployments: new Map([
    ['d9', deployment(9, RUNNING)],
    ['d8', deployment(8, RUNNING, 'db')],
    ['d5', deployment(5, SUCCEEDED)],
    ['d1', deployment(1, SUCCEEDED)]
  ]),
  tasks: new Map([
    ['t9', task('t9', 'd9', TaskState.RUNNING)],
    ['t5', task('t5', 'd5', TaskState.SUCCEEDED)]
  ])
};
const asked = [
  create(DeploymentViewSchema, {
    deployment: deployment(5, RUNNING),
    tasks: [task('t5', 'd5', TaskState.RUNNING), task('t6', 'd5', TaskState.SUCCEEDED, 'b')]
  }),
  create(DeploymentViewSchema, { deployment: deployment(3, SUCCEEDED) })
];

it('are those of the service only', () => {
  expect(heardOf(heard, 'web').map((view) => view.deployment?.id)).toEqual(['d9', 'd5', 'd1']);
});

it('are in their newest state, with what was begun since, and without what belongs to a later page', () => {
  const views = upToDate(asked, heard, 'web');
  expect(views.map((view) => view.deployment?.id)).toEqual(['d9', 'd5', 'd3']);
  expect(views[1]?.deployment?.state).toBe(SUCCEEDED);
  expect(views[1]?.tasks.map((one) => [one.id, one.state])).toEqual([
    ['t5', TaskState.SUCCEEDED],
    ['t6', TaskState.SUCCEEDED]
  ]);
  expect(views[0]?.tasks.map((one) => one.id)).toEqual(['t9']);
});

it('say the cause of a failure before anything else', () => {
  const failed = create(DeploymentViewSchema, {
    deployment: { reason: '1 of 2 nodes failed' },
    tasks: [{ node: 'a' }, { node: 'b', error: { message: 'db: exit 1' } }]
  });
  expect(causeOf(failed)).toBe('b: db: exit 1');
  expect(causeOf(create(DeploymentViewSchema, { deployment: { reason: 'a person' } }))).toBe('a person');
});
