import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { InstanceState, ServiceStatusSchema } from '#lib/gen/composia/v1/status_pb.ts';
import { hits, isPledged, pledge } from './hit.ts';

const web = create(ServiceStatusSchema, {
  name: 'web',
  instances: [
    { service: 'web', node: 'a', state: InstanceState.RUNNING, revision: 'r1', containers: [{}, { project: 'x-web' }] },
    { service: 'web', node: 'b', state: InstanceState.UNKNOWN, revision: 'r1' },
    { service: 'web', node: 'c', state: InstanceState.MISSING }
  ]
});
const picture = {
  services: new Map([['web', web]]),
  nodes: new Map([
    ['a', create(NodeViewSchema, { state: NodeState.ONLINE })],
    ['b', create(NodeViewSchema, { state: NodeState.OFFLINE })]
  ])
};

it('touches the instances that were ever deployed', () => {
  const found = hits(picture, ['web', 'gone']);
  expect(found.map((hit) => [hit.node, hit.containers, hit.project, hit.reached])).toEqual([
    ['a', 2, 'x-web', true],
    ['b', 0, '', false]
  ]);
});

it('touches those on the given nodes only', () => {
  expect(hits(picture, ['web'], ['b']).map((hit) => hit.node)).toEqual(['b']);
});

it('asks for the name of one service and for the number of several', () => {
  expect(pledge(['web'])).toBe('web');
  expect(pledge(['web', 'db', 'mail'])).toBe('3');
});

it('lets what was typed for the data be, when the data stays after all', () => {
  expect([isPledged('web', ' web '), isPledged('web', 'we'), isPledged('web', '')]).toEqual([true, false, false]);
  expect([isPledged('', 'web'), isPledged('', '')]).toEqual([true, true]);
});
