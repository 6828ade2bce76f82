import { NodeState, type NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import { clock } from '#lib/live/clock.svelte.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';

/** When a node was last seen, in milliseconds of the server's time; 0 is never. Ages count from when they were told. */
export function lastSeen(view: NodeView, now: number): number {
  if (view.seenAgeS === undefined) return Number(view.node?.helloMs ?? 0);
  if (view.state === NodeState.ONLINE) return now;
  const heard = fleet.heard.get(view.node?.name ?? '');
  return (heard === undefined ? now : clock.at(heard)) - view.seenAgeS * 1000;
}
