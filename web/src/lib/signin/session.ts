import { fault, faultIn, type Fault } from '#lib/rpc/fault.ts';

/** What signs somebody in. */
export type Shown = { user: string; password: string } | { token: string } | { link: string };

/** Begin a session: the server sets its cookie. The fault when it refuses; `waitS` is for how long, when it was tried too often. */
export async function begin(shown: Shown): Promise<(Fault & { waitS: number }) | undefined> {
  let answer: Response;
  try {
    answer = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(shown)
    });
  } catch {
    return {
      ...fault('unreachable', 'the server cannot be reached', 'is it running, and is this machine online?'),
      waitS: 0
    };
  }
  if (answer.ok) return undefined;
  return { ...(await faultIn(answer)), waitS: Number(answer.headers.get('retry-after') ?? 0) };
}

/** Where to go once signed in: a path of this page that `next` names, and nothing else. */
export function destination(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/services';
}
