import type { Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import { server } from '#lib/rpc/client.ts';

/** Of the history so many pages are looked through at most. */
const PAGES = 8;

/** The newest commits that changed a service; the server's pages may be short while there is more. */
export async function serviceLog(service: string, most: number, signal: AbortSignal): Promise<Revision[]> {
  const found: Revision[] = [];
  let after = '';
  for (let page = 0; page < PAGES; page++) {
    const answer = await server.repositoryLog({ service, limit: most - found.length, after }, { signal });
    found.push(...answer.revisions);
    after = answer.next;
    if (!after || found.length >= most) break;
  }
  return found;
}
