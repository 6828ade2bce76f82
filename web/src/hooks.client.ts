import { watch } from '#lib/live/watch.svelte.ts';

/** The server is asked before anything is drawn, so that what it says is there as soon as it can be shown. */
export function init(): void {
  if (!location.pathname.startsWith('/sign-in')) watch.start();
}
