import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { NodeUsageSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { freshUsage } from './owners.ts';

it('leaves out a node whose engine has not told for long what its containers use', () => {
  const ages = { quick: 5, hangs: 61 };
  const nodes = new Map(Object.keys(ages).map((name) => [name, create(NodeViewSchema, { state: NodeState.ONLINE })]));
  const usage = new Map(
    Object.entries(ages).map(([node, containersAgeS]) => [
      node,
      create(NodeUsageSchema, { node, containersAgeS, containers: { names: ['web-main-1'], cpuPercent: [1] } })
    ])
  );
  expect([...freshUsage(nodes, usage).keys()]).toEqual(['quick']);
});
