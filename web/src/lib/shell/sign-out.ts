import { faultIn, faultOf } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** The session has ended already. */
const OVER = 401;

/**
 * End the session, on the server and here: the page is loaded anew, so that nothing of what was shown is left in it. One that
 * the server does not end lives on, and so does the page.
 */
export async function signOut(): Promise<void> {
  try {
    const answer = await fetch('/session', { method: 'DELETE' });
    if (!answer.ok && answer.status !== OVER) {
      notices.fault(await faultIn(answer));
      return;
    }
  } catch (thrown) {
    notices.fault(faultOf(thrown));
    return;
  }
  location.assign('/sign-in');
}
