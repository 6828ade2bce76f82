import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { HostUsageSchema, NodeUsageSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { containersNow, fresh, read } from './reading.ts';

it('shows the fullest filesystem and the memory that is used', () => {
  const host = create(HostUsageSchema, {
    cpuPercent: 25,
    memoryBytes: 1000n,
    memoryAvailableBytes: 400n,
    filesystems: [
      { mount: '/', sizeBytes: 100n, availableBytes: 60n },
      { mount: '/data', sizeBytes: 100n, availableBytes: 10n },
      { mount: '/proc', sizeBytes: 0n, availableBytes: 0n }
    ]
  });
  const reading = read(host);
  expect([reading?.cpu, reading?.memory, reading?.fullest?.mount]).toEqual([0.25, 0.6, '/data']);
  expect(reading?.disk).toBeCloseTo(0.9);
});

it('knows what containers use for a minute after it was read', () => {
  const of = (containersAgeS: number) => containersNow(create(NodeUsageSchema, { containersAgeS, containers: {} }));
  expect(of(59)).toBeDefined();
  expect(of(61)).toBeUndefined();
  expect(containersNow(undefined)).toBeUndefined();
});

it('shows no reading of a node that cannot be reached', () => {
  const of = (state: NodeState) => fresh(create(NodeViewSchema, { state }), 'a reading');
  expect(of(NodeState.ONLINE)).toBe('a reading');
  expect(of(NodeState.DISCONNECTED)).toBeUndefined();
  expect(of(NodeState.OFFLINE)).toBeUndefined();
  expect(fresh(undefined, 'a reading')).toBeUndefined();
});
