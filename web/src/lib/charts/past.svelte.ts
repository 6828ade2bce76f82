import type { Series } from '#lib/gen/composia/v1/usage_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { Asked } from '#lib/rpc/asked.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import type { Range } from './ranges.ts';

/** A chart has so many values at most. */
const POINTS = 240;

/** What is kept of past readings of a node or a service. Make it while a component is set up. */
export class Past {
  readonly asked: Asked<readonly Series[]>;
  /** Counts the steps of the chart's time: at each, when new readings have come, history is asked for again. */
  #step = $state(0);
  /** By a clock that nobody sets. */
  #askedMs = 0;

  constructor(of: () => { node?: string; service?: string; nodes: readonly string[] }, range: () => Range) {
    this.asked = new Asked(async (signal) => {
      void [fleet.snapshots, this.#step];
      const { node = '', service = '' } = of();
      this.#askedMs = performance.now();
      return (await server.queryUsage({ node, service, sinceS: range().seconds, points: POINTS }, { signal })).series;
    });
    $effect(() => {
      for (const node of of().nodes) void fleet.usage.get(node);
      const pauseMs = Math.max(5, range().seconds / POINTS) * 1000;
      if (performance.now() - this.#askedMs >= pauseMs) this.#step += 1;
    });
  }

  /** The series of one metric. */
  of(metric: string): Series[] {
    return (this.asked.answer ?? []).filter((series) => series.metric === metric);
  }
}
