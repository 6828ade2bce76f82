import type { ServiceView } from '#lib/gen/composia/v1/service_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { Asked } from '#lib/rpc/asked.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { compareAll, type Compared } from './compared.ts';
import { places, running, type Place } from './plan.ts';

/**
 * What a deploy of a service would change where it goes; it is asked for again whenever that may be something else. Make it
 * while a component is set up.
 */
export class Changes {
  /** The service as the head has it. */
  readonly view: Asked<ServiceView>;
  readonly compared: Asked<Compared[]>;
  readonly places: readonly Place[] = $derived.by(() =>
    places(this.view.answer, fleet.services.get(this.#service()), this.#named())
  );
  /** Those from what runs to what would run: the answer is of the revision before until that of the chosen one is here. */
  readonly all: readonly Compared[] = $derived.by(() =>
    (this.compared.answer ?? []).filter((one) => one.newer === this.#newer())
  );
  // these stay the same while nothing about them changes, and nothing is asked again
  readonly #isKnown = $derived.by(() => this.view.answer !== undefined);
  readonly #olders = $derived.by(() => JSON.stringify(running(this.places.filter((place) => place.chosen))));
  readonly #service: () => string;
  readonly #newer: () => string;
  readonly #named: () => readonly string[] | undefined;

  /** `named` are the nodes that were asked for, of an older revision; undefined of the head. */
  constructor(
    service: () => string,
    newer: () => string,
    named: () => readonly string[] | undefined = () => undefined
  ) {
    this.#service = service;
    this.#newer = newer;
    this.#named = named;
    this.view = new Asked((signal) => {
      void [fleet.snapshots, fleet.repository?.head];
      return server.getService({ name: service() }, { signal });
    });
    this.compared = new Asked((signal) => {
      void fleet.snapshots;
      const olders = JSON.parse(this.#olders) as string[];
      return this.#isKnown ? compareAll(service(), olders, newer(), signal) : undefined;
    });
  }
}
