import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import {
  DeploymentSchema,
  DeploymentState,
  DeploymentViewSchema,
  type Deployment
} from '#lib/gen/composia/v1/deployment_pb.ts';
import { RevisionSchema } from '#lib/gen/composia/v1/repository_pb.ts';
import { TaskKind, TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { revisionBefore, viewNow, viewsNow } from './now.ts';

const deployment = (id: string, state: DeploymentState) => create(DeploymentSchema, { id, state });
const task = (id: string, of: string, state: TaskState) => create(TaskSchema, { id, deployment: of, state });

const asked = create(DeploymentViewSchema, {
  deployment: deployment('d1', DeploymentState.RUNNING),
  tasks: [task('t1', 'd1', TaskState.RUNNING), task('t2', 'd1', TaskState.PENDING)]
});
const nothing = { deployments: new Map(), tasks: new Map(), commits: new Map() };

it('what was heard takes the place of what was asked for', () => {
  const heard = {
    deployments: new Map([['d1', deployment('d1', DeploymentState.SUCCEEDED)]]),
    tasks: new Map([
      ['t1', task('t1', 'd1', TaskState.SUCCEEDED)],
      ['t3', task('t3', 'd2', TaskState.FAILED)]
    ]),
    commits: new Map()
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
    tasks: new Map([['t1', task('t1', 'd1', TaskState.PENDING)]]),
    commits: new Map()
  };
  expect(viewNow('d1', undefined, heard)?.tasks.length).toBe(1);
  expect(viewNow('d1', asked, nothing)?.tasks.length).toBe(2);
});

it('an answer about another deployment is none about this', () => {
  expect(viewNow('d2', asked, nothing)).toBeUndefined();
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
  ]),
  commits: new Map()
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

const commitOf = (id: string) => create(RevisionSchema, { id, author: 'Ada', message: `About ${id}` });

it('a deployment has the commit that was told with it, or that was heard of it', () => {
  const heard = { ...nothing, deployments: new Map([['d1', deployment('d1', DeploymentState.RUNNING)]]) };
  expect(viewNow('d1', { ...asked, commit: commitOf('c1') }, heard)?.commit?.id).toBe('c1');
  const begun = { ...deployment('d7', DeploymentState.PENDING), revision: 'c7' };
  const commits = new Map([['d7', commitOf('c7')]]);
  expect(viewNow('d7', undefined, { ...nothing, deployments: new Map([['d7', begun]]), commits })?.commit?.id).toBe(
    'c7'
  );
  expect(viewNow('d7', undefined, { ...nothing, deployments: new Map([['d7', begun]]) })?.commit).toBeUndefined();
});

function deployed(number: number, revision: string, more: Partial<Deployment> = {}) {
  const one = { ...numbered(number, DeploymentState.SUCCEEDED), kind: TaskKind.DEPLOY, revision, ...more };
  return create(DeploymentViewSchema, { deployment: one, ...(revision ? { commit: commitOf(revision) } : {}) });
}

it('what a deployment brought begins where the service was last deployed well', () => {
  const last = deployed(9, 'c3');
  const earlier = [
    deployed(8, 'c2', { service: 'db' }),
    deployed(7, 'c2', { state: DeploymentState.FAILED }),
    deployed(6, '', { kind: TaskKind.RESTART }),
    deployed(5, 'c1'),
    deployed(4, 'c0')
  ];
  expect(revisionBefore(last, earlier, nothing)).toBe('c1');
  expect(revisionBefore(last, [last, ...earlier], nothing)).toBe('c1');
  expect(revisionBefore(deployed(9, 'c1'), earlier, nothing)).toBe('');
  expect(revisionBefore(last, [], nothing)).toBe('');
});

it('one that has ended well since counts, and one of a history that is gone leads nowhere', () => {
  const running = deployed(8, 'c2', { state: DeploymentState.RUNNING });
  const ended = deployed(8, 'c2').deployment;
  const heard = { ...nothing, deployments: new Map(ended ? [[ended.id, ended]] : []) };
  expect(revisionBefore(deployed(9, 'c3'), [running, deployed(5, 'c1')], nothing)).toBe('c1');
  expect(revisionBefore(deployed(9, 'c3'), [running, deployed(5, 'c1')], heard)).toBe('c2');
  expect(revisionBefore(deployed(9, 'c3'), [{ ...running, commit: undefined }], heard)).toBe('');
  expect(revisionBefore({ ...deployed(9, 'c3'), commit: undefined }, [deployed(5, 'c1')], nothing)).toBe('');
});
