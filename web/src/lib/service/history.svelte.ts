import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { Asked } from '#lib/rpc/asked.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { faultOf, type Fault } from '#lib/rpc/fault.ts';
import { upToDate } from './deployments.ts';

/** So many commits are looked through for what a deployment brought. */
const COMMITS = 200;

/** The deployments of a service, newest first, in pages, and live. Make it while a component is set up. */
export class History {
  /** The first page was told. */
  readonly first: Asked<{ items: DeploymentView[]; next: string }>;
  fault = $state.raw<Fault>();
  /** A further page is on its way. */
  busy = $state(false);
  readonly #log: Asked<Revision[]>;
  readonly #service: () => string;
  readonly #limit: number;
  #more = $state.raw<readonly DeploymentView[]>([]);
  #next = $state<string>();

  constructor(service: () => string, limit: number) {
    this.#service = service;
    this.#limit = limit;
    this.first = new Asked((signal) => {
      void fleet.snapshots;
      return server.listDeployments({ which: { services: [service()] }, limit }, { signal });
    });
    this.#log = new Asked(async (signal) => {
      void [fleet.snapshots, fleet.repository?.head];
      return (await server.repositoryLog({ limit: COMMITS }, { signal })).revisions;
    });
  }

  readonly items = $derived.by(() =>
    upToDate([...(this.first.answer?.items ?? []), ...this.#more], fleet, this.#service())
  );

  /** Whether there are older ones. */
  get hasMore(): boolean {
    return (this.#next ?? this.first.answer?.next ?? '') !== '';
  }

  /** The commit that a deployment brought: the newest up to its revision that changed the service. */
  commit(revision: string): Revision | undefined {
    const log = this.#log.answer ?? [];
    const at = log.findIndex((one) => one.id === revision);
    if (at < 0) return undefined;
    return log.slice(at).find((one) => one.services.includes(this.#service())) ?? log[at];
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    this.busy = true;
    try {
      const after = this.#next ?? this.first.answer?.next ?? '';
      const page = await server.listDeployments({ which: { services: [this.#service()] }, limit: this.#limit, after });
      this.#more = [...this.#more, ...page.items];
      this.#next = page.next;
      this.fault = undefined;
    } catch (thrown) {
      this.fault = faultOf(thrown);
    }
    this.busy = false;
  }
}
