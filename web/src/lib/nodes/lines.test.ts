import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { NodeUsageSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { matching } from '#lib/format/matching.ts';
import { counted, lineOf, measured, sorted, type Measures } from './lines.ts';

function line(name: string, more: { state?: NodeState; pause?: { by: string } } = {}) {
  return lineOf(create(NodeViewSchema, { state: NodeState.ONLINE, node: { name }, ...more }));
}

describe('a node is found', () => {
  const found = lineOf(
    create(NodeViewSchema, {
      state: NodeState.ONLINE,
      address: '192.0.2.7',
      status: { problem: 'no room on /var' },
      node: {
        name: 'anvil',
        labels: [{ key: 'zone', value: 'a' }],
        facts: { version: '1.4.0', dockerVersion: '27.3.1', composeVersion: '2.29.7' }
      }
    })
  );
  it.each(['anvil', 'ZONE=a', '1.4.0', 'docker 27.3', '2.29', '192.0.2', 'problem', 'no room'])('by %j', (text) =>
    expect(matching(text)?.(found.text)).toBe(true)
  );
  it('by no other', () => expect(matching('zone=b')?.(found.text)).toBe(false));
});

it('counts each state that occurs, also when none of it was found', () => {
  const off = line('off', { state: NodeState.OFFLINE });
  const held = line('held', { pause: { by: 'ada' } });
  const on = line('on');
  expect(counted([on, held, off], [on]).map(({ state, count }) => [state, count])).toEqual([
    ['offline', 0],
    ['paused', 0],
    ['online', 1]
  ]);
});

describe('the order', () => {
  const lines = ['n10', 'n2', 'n1', 'gone'].map((name) => line(name));
  const measures = new Map<string, Measures>([
    ['n10', { cpu: 0.1, memory: 0.5, disk: 0.5, seen: 0 }],
    ['n2', { cpu: 0.9, memory: 0.5, disk: 0.5, seen: 0 }],
    ['n1', { cpu: 0.5, memory: 0.5, disk: NaN, seen: 0 }],
    ['gone', { cpu: NaN, memory: NaN, disk: NaN, seen: 5000 }]
  ]);
  it.each([
    ['name', false, 'gone n1 n2 n10'],
    ['name', true, 'n10 n2 n1 gone'],
    ['cpu', false, 'n2 n1 n10 gone'],
    ['cpu', true, 'n10 n1 n2 gone'],
    ['memory', false, 'n1 n2 n10 gone'],
    ['disk', true, 'n2 n10 gone n1'],
    ['seen', false, 'gone n1 n2 n10']
  ] as const)('by %s, the other way round: %s', (sort, reverse, names) => {
    const order = sorted(lines, { sort, reverse }, measures).map((one) => one.name);
    expect(order.join(' ')).toBe(names);
  });
});

it('measures by the last readings, and of a node that is away only since when', () => {
  const host = { cpuPercent: 25, memoryBytes: 4n, memoryAvailableBytes: 1n };
  const views = [NodeState.ONLINE, NodeState.OFFLINE].map((state) => line('n', { state }).view);
  const usage = new Map([['n', create(NodeUsageSchema, { node: 'n', host })]]);
  const [on, off] = views.map((view) => measured(new Map([['n', view]]), usage, () => 7).get('n'));
  expect(on).toEqual({ cpu: 0.25, memory: 0.75, disk: NaN, seen: 7 });
  expect(off).toEqual({ cpu: NaN, memory: NaN, disk: NaN, seen: 7 });
});
