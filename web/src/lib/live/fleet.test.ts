import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DeploymentSchema, DeploymentState } from '#lib/gen/composia/v1/deployment_pb.ts';
import { WatchEventSchema } from '#lib/gen/composia/v1/server_pb.ts';
import { TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { Fleet } from './fleet.svelte.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
const deployments = (from: number, to: number, state: DeploymentState) =>
  create(WatchEventSchema, {
    deployments: numbers(from, to).map((at) => create(DeploymentSchema, { id: `d${at}`, state }))
  });
const tasks = (from: number, to: number, state: TaskState) =>
  create(WatchEventSchema, { tasks: numbers(from, to).map((at) => create(TaskSchema, { id: `t${at}`, state })) });

describe('what has ended', () => {
  it('is known however many are open', () => {
    const fleet = new Fleet();
    fleet.apply(deployments(0, 1200, DeploymentState.PENDING));
    fleet.apply(tasks(0, 1200, TaskState.PENDING));
    fleet.apply(deployments(7, 8, DeploymentState.SUCCEEDED));
    fleet.apply(tasks(7, 8, TaskState.FAILED));
    expect(fleet.deployments.get('d7')?.state).toBe(DeploymentState.SUCCEEDED);
    expect(fleet.tasks.get('t7')?.state).toBe(TaskState.FAILED);
    expect(fleet.snapshots).toBe(0);
  });

  it('is forgotten, the older half of it, when it is too much, and is asked for again', () => {
    const fleet = new Fleet();
    fleet.apply(deployments(0, 3, DeploymentState.PAUSED));
    fleet.apply(deployments(3, 1002, DeploymentState.SUCCEEDED));
    expect(fleet.deployments.size).toBe(1002);
    expect(fleet.snapshots).toBe(0);
    fleet.apply(deployments(1002, 1003, DeploymentState.FAILED));
    expect([...fleet.deployments.keys()]).toEqual(['d0', 'd1', 'd2', ...numbers(503, 1003).map((at) => `d${at}`)]);
    expect(fleet.snapshots).toBe(1);
    fleet.apply(tasks(0, 1000, TaskState.SUPERSEDED));
    expect([...fleet.tasks.keys()].at(0)).toBe('t500');
    expect(fleet.snapshots).toBe(2);
  });

  it('stays as it was when all is told again, and what is open and is not told of does not', () => {
    const fleet = new Fleet();
    fleet.apply(deployments(0, 2, DeploymentState.RUNNING));
    fleet.apply(deployments(2, 3, DeploymentState.FAILED));
    fleet.apply(tasks(0, 2, TaskState.RUNNING));
    fleet.apply(tasks(2, 3, TaskState.FAILED));
    fleet.apply(tasks(3, 4, TaskState.LOST));
    fleet.apply(create(WatchEventSchema, { commits: [0, 2].map((at) => ({ deployment: `d${at}`, commit: {} })) }));
    fleet.apply({ ...deployments(1, 2, DeploymentState.RUNNING), snapshot: true });
    expect([...fleet.deployments.keys()].sort()).toEqual(['d1', 'd2']);
    expect(fleet.deployments.get('d2')?.state).toBe(DeploymentState.FAILED);
    expect([...fleet.tasks.keys()]).toEqual(['t2']);
    expect([...fleet.commits.keys()]).toEqual(['d2']);
    expect(fleet.snapshots).toBe(1);
  });
});
