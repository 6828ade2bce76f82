import type { Comparison } from '#lib/gen/composia/v1/server_pb.ts';
import { server } from '#lib/rpc/client.ts';
import { faultOf, isAbort, type Fault } from '#lib/rpc/fault.ts';

/** What lies between a revision that runs and the one to deploy, or why that cannot be told. */
export interface Compared {
  older: string;
  newer: string;
  comparison?: Comparison;
  fault?: Fault;
}

/** Compare each of the older revisions with the newer; one that the repository no longer knows does not spoil the others. */
export function compareAll(
  service: string,
  olders: readonly string[],
  newer: string,
  signal: AbortSignal
): Promise<Compared[]> {
  return Promise.all(
    olders.map(async (older) => {
      try {
        return { older, newer, comparison: await server.compareRevisions({ service, older, newer }, { signal }) };
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        return { older, newer, fault: faultOf(thrown) };
      }
    })
  );
}
