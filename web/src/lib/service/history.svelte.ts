import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { Asked } from '#lib/rpc/asked.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { Pages } from '#lib/rpc/pages.svelte.ts';
import { commitOf, viewsNow } from '#lib/deployment/now.ts';

/** So many commits are looked through for what a deployment brought. */
const COMMITS = 200;

/** The deployments of a service, newest first, in pages, and live. Make it while a component is set up. */
export class History {
  readonly pages: Pages<DeploymentView>;
  readonly #log: Asked<Revision[]>;
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
    this.#log = new Asked(async (signal) => {
      void [fleet.snapshots, fleet.repository?.head];
      return (await server.repositoryLog({ limit: COMMITS }, { signal })).revisions;
    });
  }

  readonly items = $derived.by(() => {
    const service = this.#service();
    return viewsNow(this.pages.items, fleet, !this.pages.hasMore, (one) => one.service === service);
  });

  /** The commit that a deployment brought: the newest up to its revision that changed the service. */
  commit(revision: string): Revision | undefined {
    return commitOf(this.#log.answer ?? [], revision, this.#service());
  }
}
