import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DeploymentViewSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { StepName, StepState } from '#lib/gen/composia/v1/step_pb.ts';
import {
  OrderSchema,
  PruneTarget,
  TaskErrorSchema,
  TaskSchema,
  TaskState,
  type Task
} from '#lib/gen/composia/v1/task_pb.ts';
import { barsOf, batchesOf, causesOf, limitsOf, optionsOf, partsOf } from './words.ts';

function task(node: string, more: MessageInitShape<typeof TaskSchema> = {}): Task {
  return create(TaskSchema, { id: `t-${node}`, node, ...more });
}

describe('a failure', () => {
  it('has its cause in a line, and apart from it what the container said', () => {
    const error = create(TaskErrorSchema, { message: 'exited with 1; its last lines:\n  one\n    two' });
    expect(partsOf(error)).toEqual({ cause: 'exited with 1', lines: 'one\n  two' });
    expect(partsOf(create(TaskErrorSchema, { message: 'no such image' }))).toEqual({
      cause: 'no such image',
      lines: ''
    });
  });

  it('that several nodes share is told once, the first first', () => {
    const failed = (node: string, message: string, endedMs: bigint) =>
      task(node, { state: TaskState.FAILED, endedMs, error: { code: 'not_possible', message } });
    const tasks = [failed('n3', 'late', 30n), failed('n2', 'port', 20n), failed('n1', 'port', 10n)];
    const ended = task('n4', { state: TaskState.CANCELLED, error: { message: 'cancelled by ada' } });
    expect(causesOf([...tasks, ended]).map((one) => [one.error.message, one.tasks.map((part) => part.node)])).toEqual([
      ['port', ['n1', 'n2']],
      ['late', ['n3']]
    ]);
  });
});

describe('an order', () => {
  it('says what it does beside the usual', () => {
    expect(optionsOf(create(OrderSchema, {}))).toEqual([]);
    const order = create(OrderSchema, { pull: true, removeVolumes: true, prune: [PruneTarget.BUILD_CACHE] });
    expect(optionsOf(order)).toEqual(['asks registries for moved tags', 'removes volumes', 'build cache']);
  });

  it('says how long it may take', () => {
    const timeouts = { taskS: 1800, steps: [{ step: StepName.PULL, seconds: 60 }] };
    expect(limitsOf(create(OrderSchema, { timeouts }))).toBe('30m 0s, pull 1m 0s');
    expect(limitsOf(create(OrderSchema, {}))).toBe('');
  });
});

describe('a rollout', () => {
  const view = (canary: number, ...tasks: Task[]) =>
    create(DeploymentViewSchema, { deployment: { rollout: { canary } }, tasks });

  it('has its canaries first and then its batches', () => {
    const tasks = [task('n10', { batch: 1 }), task('n2', { batch: 1 }), task('n1'), task('n3', { batch: 2 })];
    const named = (canary: number) =>
      batchesOf(view(canary, ...tasks)).map((one) => [one.name, one.tasks.map((part) => part.node).join(' ')]);
    expect(named(1)).toEqual([
      ['Canary', 'n1'],
      ['Batch 1 of 2', 'n2 n10'],
      ['Batch 2 of 2', 'n3']
    ]);
    expect(named(0).map(([name]) => name)).toEqual(['Batch 1 of 3', 'Batch 2 of 3', 'Batch 3 of 3']);
  });

  it('in one go needs no name', () => {
    expect(batchesOf(view(1, task('n1'))).map((one) => one.name)).toEqual(['']);
  });
});

it('steps lie on the time axis where they were', () => {
  const steps = [
    { name: StepName.PULL, state: StepState.SUCCEEDED, startedMs: 1000n, durationMs: 500n },
    { name: StepName.BUILD, state: StepState.SKIPPED, startedMs: 1500n },
    { name: StepName.UP, state: StepState.RUNNING, startedMs: 1500n, durationMs: 10n }
  ];
  expect(barsOf(task('n1', { steps }), 2500)).toEqual({
    bars: [
      { name: 'pull', from: 0, span: 500 },
      { name: 'up', from: 500, span: 1000 }
    ],
    total: 1500
  });
  expect(barsOf(task('n1'), 0).bars).toEqual([]);
});
