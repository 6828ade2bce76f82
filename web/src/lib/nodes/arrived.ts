import { NodeState, type NodeView } from '#lib/gen/composia/v1/node_pb.ts';

/** What a host becomes a node with, as far as its arrival goes. */
export interface Awaited {
  /** The node that it is to become; empty leaves the name to the host, which then cannot be that of a known node. */
  node: string;
  /** When the command was made, in milliseconds of the server's time. */
  madeMs: bigint;
}

/** The node that has come by the command; empty while there is none. One that is known comes back by itself at any time. */
export function arrived(views: Iterable<NodeView>, awaited: Awaited): string {
  for (const { node, state } of views) {
    if (!node || state !== NodeState.ONLINE || (awaited.node && node.name !== awaited.node)) continue;
    if ((awaited.node ? node.helloMs : node.joinedMs) > awaited.madeMs) return node.name;
  }
  return '';
}
