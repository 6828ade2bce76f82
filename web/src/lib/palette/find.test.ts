import { create } from '@bufbuild/protobuf';
import { describe, expect, it, vi } from 'vitest';
import { DeploymentSchema, DeploymentState, DeploymentViewSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { NodeSchema, NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { InstanceState, ServiceStatusSchema } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskKind, TaskSchema, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import type { Entry } from './entry.ts';

vi.hoisted(() => {
  vi.stubGlobal('document', { hidden: false, addEventListener: () => undefined });
  vi.stubGlobal('location', { origin: 'https://composia.example.org' });
});
vi.mock('#lib/rpc/caller.svelte.ts', () => ({ caller: { may: () => true } }));
const { find, resolve } = await import('./find.ts');

const service = (name: string, ...nodes: string[]) =>
  create(ServiceStatusSchema, {
    name,
    instances: nodes.map((node) => ({ service: name, node, state: InstanceState.RUNNING, revision: 'c1' }))
  });
const node = (name: string) => create(NodeViewSchema, { node: create(NodeSchema, { name }), state: NodeState.ONLINE });
const task = (id: string, state: TaskState, of = 'mail', on = 'node-1') =>
  create(TaskSchema, { id, state, service: of, node: on, order: { kind: TaskKind.DEPLOY } });
const place = (name: string): Entry => ({ id: `go ${name}`, kind: 'Go to', name, beside: '', words: '', href: '/x' });

const sources = {
  general: ['Services', 'Nodes', 'Tasks', 'Deployments'].map(place),
  services: [service('web', 'node-1', 'node-2'), service('web-eu', 'node-2'), service('mail', 'node-1')],
  nodes: [node('node-1'), node('node-2')],
  deployments: [
    create(DeploymentViewSchema, {
      deployment: create(DeploymentSchema, {
        id: 'd4',
        service: 'mail',
        kind: TaskKind.DEPLOY,
        state: DeploymentState.FAILED
      }),
      tasks: [task('t4', TaskState.FAILED)]
    })
  ],
  schedules: [],
  tasks: [
    task('t9', TaskState.RUNNING, 'web'),
    task('t8', TaskState.LOST),
    task('t4', TaskState.FAILED),
    task('t3', TaskState.SUCCEEDED)
  ],
  commits: []
};
const names = (query: string) => find(query, sources).map((entry) => entry.name);

describe('the palette', () => {
  it('does something with a service on one of its nodes, in any order of the words', () => {
    for (const query of ['restart web on node-1', 'node-1 web rest', 'restart web node-1']) {
      expect(names(query)[0]).toBe('Restart web on node-1');
    }
    expect(names('restart web on node-1')).not.toContain('Restart web on node-2');
  });

  it('names nodes only to who does', () => {
    expect(names('restart web')[0]).toBe('Restart web');
    expect(names('mail')).toContain('Restart mail');
    for (const query of ['mail', 'node-1']) expect(names(query)).not.toContain('Restart mail on node-1');
  });

  it('leads to the views of a node, where one of them is meant', () => {
    expect(names('images node-2')[0]).toBe('Images node-2');
    expect(names('vol')).toEqual(expect.arrayContaining(['Volumes node-1', 'Volumes node-2']));
    expect(names('node-2')).not.toContain('Images node-2');
    expect(names('node-2')[0]).toBe('node-2');
  });

  it('has the places before what is called so of services and nodes', () => {
    expect(names('deployments').slice(0, 2)).toEqual(['Deployments', 'Deployments web']);
    expect(names('nodes')[0]).toBe('Nodes');
  });

  it('ends, repeats and resolves tasks, where that can be done', () => {
    expect(names('cancel t9')[0]).toBe('Cancel t9');
    expect(names('cancel web')[0]).toBe('Cancel t9');
    expect(names('resolve mail')[0]).toBe('Resolve t8');
    expect(names('retry t4')[0]).toBe('Retry t4');
    expect(names('retry mail').slice(0, 3)).toEqual(['Retry d4', 'Retry t8', 'Retry t4']);
    expect(names('retry t3')).not.toContain('Retry t3');
  });

  it('knows again what was chosen, while that can be done', () => {
    for (const query of ['restart web on node-1', 'images node-2', 'cancel t9', 'retry d4']) {
      const [first] = find(query, sources);
      expect(resolve([first?.id ?? ''], sources).map((entry) => entry.name)).toEqual([first?.name]);
    }
    expect(resolve(['do task t3 Cancel', 'do service web Restart on node-7'], sources)).toEqual([]);
  });
});
