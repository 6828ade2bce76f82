import { Role } from '#lib/gen/composia/v1/token_pb.ts';
import type { ServerService } from '#lib/gen/composia/v1/server_pb.ts';
import type { Caller } from '#lib/gen/composia/v1/user_pb.ts';
import { server } from './client.ts';

/** The name of an RPC. */
export type Rpc = Capitalize<keyof typeof ServerService.method>;

/** Who is signed in. What may not be done is not offered; the server refuses it all the same. */
class SignedIn {
  who = $state.raw<Caller>();

  /** Ask the server; throws what the RPC throws, unauthenticated when nobody is signed in. */
  async load(): Promise<Caller> {
    return (this.who = await server.getCaller({}));
  }

  /** Forget who it was. */
  clear(): void {
    this.who = undefined;
  }

  /** Whether the RPC may be called. */
  may(rpc: Rpc): boolean {
    return this.who?.may.includes(rpc) ?? false;
  }

  /** The word for the role. */
  get role(): string {
    return Role[this.who?.role ?? Role.UNSPECIFIED].toLowerCase();
  }
}

export const caller = new SignedIn();
