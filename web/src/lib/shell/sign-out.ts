import { goto } from '$app/navigation';
import { watch } from '#lib/live/watch.svelte.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { faultOf } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** End the session, here and on the server. */
export async function signOut(): Promise<void> {
  try {
    await fetch('/session', { method: 'DELETE' });
  } catch (thrown) {
    notices.fault(faultOf(thrown));
    return;
  }
  watch.stop();
  caller.clear();
  await goto('/sign-in');
}
