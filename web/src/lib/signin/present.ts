import { server } from '#lib/rpc/client.ts';

/** Who is signed in; empty when nobody is, or when that cannot be asked. */
export async function signedInAs(): Promise<string> {
  try {
    return (await server.getCaller({})).id;
  } catch {
    return ''; // whoever goes on hears what is wrong
  }
}
