import type { ServerInfo } from '#lib/gen/composia/v1/server_pb.ts';
import { server } from '#lib/rpc/client.ts';
import { clock } from './clock.svelte.ts';

/** Ask what there is to know of the server, and take over its clock: when this has come, times may be compared with its. */
export async function askInfo(signal?: AbortSignal): Promise<ServerInfo> {
  const asked = Date.now();
  const info = await server.getServerInfo({}, signal && { signal });
  clock.set(Number(info.nowMs) + (Date.now() - asked) / 2);
  return info;
}
