import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { ServerService } from '#lib/gen/composia/v1/server_pb.ts';

/** All RPCs of the server, with the cookie of the browser's session. What only reads is a GET. */
export const server = createClient(
  ServerService,
  createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true, useHttpGet: true })
);
