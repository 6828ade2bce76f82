import { faultOf } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** End the session, on the server and here: the page is loaded anew, so that nothing of what was shown is left in it. */
export async function signOut(): Promise<void> {
  try {
    await fetch('/session', { method: 'DELETE' });
  } catch (thrown) {
    notices.fault(faultOf(thrown));
    return;
  }
  location.assign('/sign-in');
}
