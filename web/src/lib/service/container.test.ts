import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { ContainerHealth, ContainerSchema, ContainerState, type Container } from '#lib/gen/composia/v1/container_pb.ts';
import { NodeUsageSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { failures, shownContainer, useOf } from './container.ts';

const container = (more: Omit<Partial<Container>, '$typeName' | '$unknown'>) =>
  create(ContainerSchema, { state: ContainerState.RUNNING, ...more });

it('is shown by its health while it runs, and by how it ended after that', () => {
  expect(shownContainer(container({ health: ContainerHealth.UNHEALTHY }))).toEqual({ word: 'unhealthy', tone: 'bad' });
  expect(shownContainer(container({ health: ContainerHealth.NONE })).word).toBe('running');
  const ended = { state: ContainerState.EXITED, health: ContainerHealth.UNHEALTHY };
  expect(shownContainer(container(ended))).toEqual({ word: 'exited', tone: 'off' });
  expect(shownContainer(container({ ...ended, exitCode: 1n })).tone).toBe('bad');
});

it('says why it does not run', () => {
  expect(failures(container({}))).toEqual([]);
  expect(failures(container({ exitCode: 3n }))).toEqual([]);
  expect(failures(container({ state: ContainerState.EXITED, exitCode: 3n }))).toEqual(['ended with exit code 3']);
  const starved = { state: ContainerState.RESTARTING, oomKilled: true, exitCode: 137n };
  expect(failures(container({ ...starved, recentRestarts: 5, recentMs: 150_000n }))).toEqual([
    'ended by the kernel for want of memory',
    'started again 5 times within 2m 30s'
  ]);
  expect(failures(container({ check: 'connection refused\n' }))).toEqual(['healthcheck: connection refused']);
  expect(failures(container({ state: ContainerState.CREATED, error: 'port is taken' }))).toEqual([
    'could not start: port is taken'
  ]);
});

it('has the reading of its name', () => {
  const usage = create(NodeUsageSchema, {
    containers: { names: ['a', 'b'], cpuPercent: [1, 2.5], memoryBytes: [10n, 20n], memoryLimitBytes: [] }
  });
  expect(useOf(usage, 'b')).toEqual({ cpu: 2.5, memory: 20, limit: 0 });
  expect(useOf(usage, 'c')).toBeUndefined();
  expect(useOf(undefined, 'a')).toBeUndefined();
  expect(useOf({ ...usage, containersAgeS: 61 }, 'b')).toBeUndefined();
});
