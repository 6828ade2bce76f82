import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { NodeUsageSchema, SeriesSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { freshUsage, ownersOn } from './owners.ts';
import { Hour } from './reading.ts';
import { serviceLike } from './testing.ts';
import { CPU, Uses } from './uses.ts';

const MINUTE = 60_000;
const services = [serviceLike('web', { node: 'n1' }, { node: 'n2' }), serviceLike('db')];

function usage(node: string, ...of: [name: string, cpu: number, memory: number][]) {
  return create(NodeUsageSchema, {
    node,
    containers: {
      names: of.map(([name]) => name),
      cpuPercent: of.map(([, cpu]) => cpu),
      memoryBytes: of.map(([, , memory]) => BigInt(memory))
    }
  });
}

function take(uses: Uses, at: number, ...nodes: ReturnType<typeof usage>[]) {
  return uses.take(new Map(nodes.map((one) => [one.node, one])), (node) => ownersOn(node, services), at);
}

describe('what services use', () => {
  it('is summed up over their containers on all nodes', () => {
    const uses = new Uses();
    take(
      uses,
      0,
      usage('n1', ['web-main-1', 2, 10], ['db-main-1', 1, 5], ['odd', 9, 9]),
      usage('n2', ['web-main-1', 3, 20])
    );
    expect(uses.now('web')).toEqual({ cpu: 5, memory: 30 });
    expect(uses.now('db')).toEqual({ cpu: 1, memory: 5 });
    expect(uses.now('odd')).toBeUndefined();
  });

  it('tells only of services of which something new was read', () => {
    const uses = new Uses();
    const [one, two] = [usage('n1', ['db-main-1', 1, 5]), usage('n2', ['web-main-1', 3, 20])];
    take(uses, 0, one, two);
    expect([...take(uses, 1, one, usage('n2', ['web-main-1', 4, 20]))]).toEqual(['web']);
    expect([...take(uses, 2, one)]).toEqual(['web']);
    expect(uses.now('web')).toBeUndefined();
  });

  it('is not what was read of a node that is away', () => {
    const nodes = new Map(
      [NodeState.ONLINE, NodeState.OFFLINE].map((state, at) => [`n${at + 1}`, create(NodeViewSchema, { state })])
    );
    const last = new Map([usage('n1'), usage('n2')].map((one) => [one.node, one]));
    expect([...freshUsage(nodes, last).keys()]).toEqual(['n1']);
  });

  it('has history before what is read live, each draw some time after the last', () => {
    const uses = new Uses();
    const at = 100 * MINUTE;
    take(uses, at, usage('n1', ['db-main-1', 7, 5]));
    uses.remember([
      create(SeriesSchema, { service: 'db', metric: CPU, startMs: BigInt(at - 4 * MINUTE), stepS: 120, values: [1, 3] })
    ]);
    expect(uses.lines('db', at)?.cpu.slice(-5)).toEqual([1, 1, 3, 3, 7]);
    expect(uses.lines('db', at + 1000)).toBeUndefined();
    expect(uses.lines('db', at + MINUTE)).toBeDefined();
  });
});

describe('an hour', () => {
  it('has the mean of each minute, and gaps where nothing was read', () => {
    const hour = new Hour();
    for (const [at, value] of [
      [0, 1],
      [30_000, 3],
      [3 * MINUTE, 5]
    ] as const)
      hour.add(at, value);
    expect(hour.values.slice(-4)).toEqual([2, NaN, NaN, 5]);
    expect(hour.values).toHaveLength(Hour.LENGTH);
  });

  it('forgets what is older', () => {
    const hour = new Hour();
    hour.add(0, 1);
    hour.add(1000 * MINUTE, 2);
    hour.add(0, 3);
    expect(hour.values.filter((value) => !Number.isNaN(value))).toEqual([2]);
  });
});
