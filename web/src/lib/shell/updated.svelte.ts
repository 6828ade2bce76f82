import { dev, version } from '$app/environment';
import { server } from '#lib/rpc/client.ts';
import { faultOf } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** Whether this tab still has the page that the server has: after an update the files of the old one are gone. */
class Updated {
  /** Why the page has to be loaded anew; empty while it need not be. */
  why = $state('');
  #asking: Promise<void> | undefined;

  constructor() {
    addEventListener('vite:preloadError', () => void this.#missed());
  }

  /** Take over the version that the server has said; a page that is developed may be of another one. */
  check(serverVersion: string): void {
    if (serverVersion !== version && !dev) this.why = 'Composia was updated.';
  }

  /** A part of the page that comes when it is first needed; undefined when it does not come, and why is said. */
  async part<Part>(coming: Promise<Part>): Promise<Part | undefined> {
    try {
      return await coming;
    } catch {
      await this.#missed();
      return undefined;
    }
  }

  /** The event and the import itself both tell of a part that did not come; it is asked about once. */
  #missed(): Promise<void> {
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  /** A server that answers and has not got the file has another page. */
  async #ask(): Promise<void> {
    try {
      const info = await server.getServerInfo({});
      this.check(info.version);
      this.why ||= 'A part of this page is no more on the server.';
    } catch (thrown) {
      const { message } = faultOf(thrown);
      notices.say('bad', `A part of the page did not come: ${message}`, { lines: ['Try it once more.'] });
    }
  }
}

export const updated = new Updated();
