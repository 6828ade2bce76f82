import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { NodeState, NodeViewSchema } from '#lib/gen/composia/v1/node_pb.ts';
import { arrived } from './arrived.ts';

const MADE = 1000n;

function view(name: string, joinedMs: bigint, helloMs: bigint, state = NodeState.ONLINE) {
  return create(NodeViewSchema, { node: { name, joinedMs, helloMs }, state });
}

const known = view('known', 10n, 20n);
const back = view('known', 10n, 2000n);
const joined = view('fresh', 2000n, 2000n);

it.each([
  ['nobody while all are as they were', '', [known], ''],
  ['a node that was not there before', '', [back, joined], 'fresh'],
  ['nobody who only came back', '', [back], ''],
  ['the named one, also when it was known', 'known', [joined, back], 'known'],
  ['nobody while the named one is away', 'known', [view('known', 10n, 2000n, NodeState.OFFLINE)], ''],
  ['nobody but the named one', 'other', [back, joined], '']
])('greets %s', (_, node, views, name) => expect(arrived(views, { node, madeMs: MADE })).toBe(name));
