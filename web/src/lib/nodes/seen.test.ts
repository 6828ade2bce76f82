import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NodeSchema, NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { WatchEventSchema } from '#lib/gen/composia/v1/server_pb.ts';

vi.hoisted(() => vi.stubGlobal('document', { hidden: false, addEventListener: () => undefined }));
const { clock } = await import('#lib/live/clock.svelte.ts');
const { fleet } = await import('#lib/live/fleet.svelte.ts');
const { lastSeen } = await import('./seen.ts');

const HERE = 1_700_000_000_000;
const node = create(NodeSchema, { name: 'n1', helloMs: 5n });
const away = create(NodeViewSchema, { node, state: NodeState.OFFLINE, seenAgeS: 60 });

beforeEach(() => vi.useFakeTimers({ now: HERE, toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

it('a node was seen so long before it was told of, also where the clock of the server is known only later', () => {
  fleet.apply(create(WatchEventSchema, { snapshot: true, nodes: [away] }));
  vi.setSystemTime(HERE + 10_000);
  clock.set(HERE + 1_210_000);
  expect(lastSeen(away, clock.now)).toBe(HERE + 1_200_000 - 60_000);
  expect(clock.now - lastSeen(away, clock.now)).toBe(70_000);
});

it('a node that is online is seen now, and one that was never told of by its age', () => {
  expect(lastSeen({ ...away, state: NodeState.ONLINE }, 9)).toBe(9);
  expect(lastSeen(create(NodeViewSchema, { node, state: NodeState.OFFLINE }), 9)).toBe(5);
});

it('the clock is that of the server, but for how long its answer was on the way', () => {
  clock.set(HERE + 60_000);
  expect(clock.read()).toBe(HERE + 60_000);
  clock.set(HERE + 60_400);
  expect(clock.read()).toBe(HERE + 60_000);
  clock.set(HERE - 60_000);
  expect(clock.read()).toBe(HERE - 60_000);
  expect(clock.now).toBe(HERE - 60_000);
});
