import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { Pages } from '#lib/rpc/pages.svelte.ts';
import { viewsNow } from '#lib/deployment/now.ts';

/** The deployments of a service, newest first, in pages, and live. Make it while a component is set up. */
export class History {
  readonly pages: Pages<DeploymentView>;
  readonly #service: () => string;

  constructor(service: () => string, limit: number) {
    this.#service = service;
    this.pages = new Pages(
      (after, signal) => {
        void fleet.snapshots;
        return server.listDeployments({ which: { services: [service()] }, limit, after }, { signal });
      },
      { id: (view) => view.deployment?.id ?? '', of: service }
    );
  }

  readonly items = $derived.by(() => {
    const service = this.#service();
    return viewsNow(this.pages.items, fleet, !this.pages.hasMore, (one) => one.service === service);
  });
}
