import type { Volume } from '#lib/gen/composia/v1/host_object_pb.ts';
import { server } from '#lib/rpc/client.ts';
import { faultOf, isAbort, type Fault } from '#lib/rpc/fault.ts';

/** The volumes of some Compose projects on a node, or why they cannot be told. */
export interface NodeVolumes {
  node: string;
  volumes: readonly Volume[];
  fault?: Fault;
}

/** Ask for the volumes of Compose projects, each `NODE PROJECT`; a node that does not answer does not spoil the others. */
export function volumesOf(places: readonly string[], signal: AbortSignal): Promise<NodeVolumes[]> {
  const nodes = new Set(places.map((place) => place.split(' ')[0] ?? ''));
  return Promise.all(
    [...nodes].map(async (node) => {
      try {
        const { volumes } = await server.listVolumes({ node }, { signal });
        return { node, volumes: volumes.filter((volume) => places.includes(`${node} ${volume.project}`)) };
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        return { node, volumes: [], fault: faultOf(thrown) };
      }
    })
  );
}
