import { server } from '#lib/rpc/client.ts';
import type { Read } from './question.ts';

/** Ask the server for lines. */
export const read: Read = (query, signal) => server.readLogs(query, { signal });
