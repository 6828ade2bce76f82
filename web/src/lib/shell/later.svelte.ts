import type { Component } from 'svelte';
import { updated } from './updated.svelte.ts';

/**
 * A part of the page that few need at once: it comes when it is first `wanted`. When it does not come, `gaveUp` is to want it no
 * longer, so that the next press asks for it again. Make it while a component is set up.
 */
export class Later<Props extends Record<string, unknown> = Record<string, never>> {
  part = $state.raw<Component<Props>>();

  constructor(wanted: () => boolean, load: () => Promise<{ default: Component<Props> }>, gaveUp: () => void) {
    $effect(() => {
      if (this.part || !wanted()) return;
      void updated.part(load()).then((found) => {
        this.part = found?.default;
        if (!found) gaveUp();
      });
    });
  }
}
