import { NodeState, type NodeView } from '#lib/gen/composia/v1/node_pb.ts';

const told = new WeakMap<NodeView, number>();

/** When a node was last seen, in milliseconds of the server's time; 0 is never. Ages count from when they were told. */
export function lastSeen(view: NodeView, now: number): number {
  if (view.seenAgeS === undefined) return Number(view.node?.helloMs ?? 0);
  if (view.state === NodeState.ONLINE) return now;
  const at = told.get(view) ?? now - view.seenAgeS * 1000;
  told.set(view, at);
  return at;
}
