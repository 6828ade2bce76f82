import { afterNavigate, beforeNavigate, replaceState } from '$app/navigation';
import { page } from '$app/state';

/** The address follows what is chosen so soon: browsers refuse to change it at each letter that is typed. */
const WRITE_MS = 250;

/**
 * What is chosen in a view, as its address says it: read from there, and written there without a step in the history. Make it
 * while a component is set up.
 */
export class InAddress<View> {
  view: View;

  /** `query` is what the address of a view ends with: empty, or a question mark and words. */
  constructor(
    read: (words: URLSearchParams) => View,
    private readonly query: (view: View) => string
  ) {
    // what Kit remembers of an address is without what was written into it since: only the browser knows that
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- it is read once
    const here = () => read(new URLSearchParams(location.search));
    this.view = $state.raw(here());
    afterNavigate(() => (this.view = here()));
    // the way back or forward has the address of another view already
    beforeNavigate(({ type }) => type !== 'popstate' && this.write());
    $effect(() => {
      void this.view;
      const soon = setTimeout(() => this.write(), WRITE_MS);
      return () => clearTimeout(soon);
    });
  }

  /** Have the address say it now. */
  write(): void {
    if (location.pathname !== page.url.pathname) return;
    const query = this.query(this.view);
    if (location.search !== query) replaceState(location.pathname + query, page.state);
  }
}
