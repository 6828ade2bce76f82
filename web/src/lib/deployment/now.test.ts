import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import {
  DeploymentSchema,
  DeploymentState,
  DeploymentViewSchema,
  type Deployment
} from '#lib/gen/composia/v1/deployment_pb.ts';
import { RevisionSchema } from '#lib/gen/composia/v1/repository_pb.ts';
import { TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { commitOf, viewNow, viewsNow } from './now.ts';

const deployment = (id: string, state: DeploymentState) => create(DeploymentSchema, { id, state });
const task = (id: string, of: string, state: TaskState) => create(TaskSchema, { id, deployment: of, state });

const asked = create(DeploymentViewSchema, {
  deployment: deployment('d1', DeploymentState.RUNNING),
  tasks: [task('t1', 'd1', TaskState.RUNNING), task('t2', 'd1', TaskState.PENDING)]
});
const nothing = { deployments: new Map(), tasks: new Map() };

it('what was heard takes the place of what was asked for', () => {
  const heard = {
    deployments: new Map([['d1', deployment('d1', DeploymentState.SUCCEEDED)]]),
    tasks: new Map([
      ['t1', task('t1', 'd1', TaskState.SUCCEEDED)],
      ['t3', task('t3', 'd2', TaskState.FAILED)]
    ])
  };
  const view = viewNow('d1', asked, heard);
  expect(view?.deployment?.state).toBe(DeploymentState.SUCCEEDED);
  expect(view?.tasks.map((one) => [one.id, one.state])).toEqual([
    ['t1', TaskState.SUCCEEDED],
    ['t2', TaskState.PENDING]
  ]);
});

it('what was heard is enough, and so is what was asked for', () => {
  const heard = {
    deployments: new Map([['d1', deployment('d1', DeploymentState.PENDING)]]),
    tasks: new Map([['t1', task('t1', 'd1', TaskState.PENDING)]])
  };
  expect(viewNow('d1', undefined, heard)?.tasks.length).toBe(1);
  expect(viewNow('d1', asked, nothing)?.tasks.length).toBe(2);
});

it('an answer about another deployment is none about this', () => {
  expect(viewNow('d2', asked, nothing)).toBeUndefined();
});

it('a deployment brought the newest commit of its service that is not after its revision', () => {
  const log = [
    create(RevisionSchema, { id: 'c4', services: ['web'] }),
    create(RevisionSchema, { id: 'c3', services: ['db'] }),
    create(RevisionSchema, { id: 'c2', services: ['web', 'db'] })
  ];
  expect(commitOf(log, 'c3', 'web')?.id).toBe('c2');
  expect(commitOf(log, 'c4', 'web')?.id).toBe('c4');
  expect(commitOf(log, 'c3', 'mail')?.id).toBe('c3');
  expect(commitOf(log, 'c9', 'web')).toBeUndefined();
});

const numbered = (number: number, state: DeploymentState, service = 'web') =>
  create(DeploymentSchema, { id: `d${number}`, sequence: BigInt(number), service, state });
const many = {
  deployments: new Map([
    ['d9', numbered(9, DeploymentState.RUNNING)],
    ['d8', numbered(8, DeploymentState.RUNNING, 'db')],
    ['d5', numbered(5, DeploymentState.SUCCEEDED)],
    ['d1', numbered(1, DeploymentState.SUCCEEDED)]
  ]),
  tasks: new Map([
    ['t9', task('t9', 'd9', TaskState.RUNNING)],
    ['t5', task('t5', 'd5', TaskState.SUCCEEDED)]
  ])
};
const ofWeb = (one: Deployment) => one.service === 'web';
const page = [
  create(DeploymentViewSchema, {
    deployment: numbered(5, DeploymentState.RUNNING),
    tasks: [task('t5', 'd5', TaskState.RUNNING), { ...task('t6', 'd5', TaskState.SUCCEEDED), node: 'b' }]
  }),
  create(DeploymentViewSchema, { deployment: numbered(3, DeploymentState.SUCCEEDED) })
];

it('a list has what was heard of, and fits', () => {
  expect(viewsNow([], many, true, ofWeb).map((view) => view.deployment?.id)).toEqual(['d9', 'd5', 'd1']);
});

it('a list is in its newest state, with what was begun since, and without what belongs to a later page', () => {
  const views = viewsNow(page, many, false, ofWeb);
  expect(views.map((view) => view.deployment?.id)).toEqual(['d9', 'd5', 'd3']);
  expect(views[1]?.deployment?.state).toBe(DeploymentState.SUCCEEDED);
  expect(views[1]?.tasks.map((one) => [one.id, one.state])).toEqual([
    ['t5', TaskState.SUCCEEDED],
    ['t6', TaskState.SUCCEEDED]
  ]);
  expect(views[0]?.tasks.map((one) => one.id)).toEqual(['t9']);
});
