import type { NodeUsage, Series } from '#lib/gen/composia/v1/usage_pb.ts';
import { byService, Hour, type Reading } from './reading.ts';

/** The names of what is shown, as of `UsageQuery.metrics`. */
export const CPU = 'cpu_percent';
export const MEMORY = 'memory_bytes';
/** A line is drawn again so often at most; the number beside it always is. */
const DRAW_MS = 15_000;

/** The last hour of a service. */
export interface Lines {
  cpu: readonly number[];
  memory: readonly number[];
}

interface Kept {
  cpu: Hour;
  memory: Hour;
  drawnMs: number;
}

/** What services use, summed up over their nodes: the last readings, and the last hour. */
export class Uses {
  readonly #taken = new Map<string, NodeUsage>();
  readonly #sums = new Map<string, ReadonlyMap<string, Reading>>();
  readonly #kept = new Map<string, Kept>();

  /** Take over the last readings of all nodes of which there are some, and tell of which services that says something new. */
  take(
    fresh: ReadonlyMap<string, NodeUsage>,
    owners: (node: string) => ReadonlyMap<string, string>,
    at: number
  ): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const node of new Set([...this.#taken.keys(), ...fresh.keys()])) {
      const usage = fresh.get(node);
      if (this.#taken.get(node) === usage) continue;
      for (const name of this.#sums.get(node)?.keys() ?? []) touched.add(name);
      const sums = usage ? byService(usage, owners(node)) : new Map<string, Reading>();
      for (const name of sums.keys()) touched.add(name);
      this.#sums.set(node, sums);
      if (usage) this.#taken.set(node, usage);
      else this.#taken.delete(node);
    }
    for (const name of touched) {
      const sum = this.now(name);
      const kept = this.#of(name);
      kept.cpu.add(at, sum?.cpu ?? NaN);
      kept.memory.add(at, sum?.memory ?? NaN);
    }
    return touched;
  }

  /** Take over history, and tell of which services it is. */
  remember(series: readonly Series[]): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const { service, metric, startMs, stepS, values } of series) {
      const kept = this.#of(service);
      const hour = metric === CPU ? kept.cpu : kept.memory;
      hour.fill(Number(startMs), stepS * 1000, values);
      kept.drawnMs = 0;
      touched.add(service);
    }
    return touched;
  }

  /** What a service uses now; undefined when nothing is known of it. */
  now(name: string): Reading | undefined {
    const parts = [...this.#sums.values()].flatMap((sums) => sums.get(name) ?? []);
    if (!parts.length) return undefined;
    return {
      cpu: parts.reduce((sum, part) => sum + part.cpu, 0),
      memory: parts.reduce((sum, part) => sum + part.memory, 0)
    };
  }

  /** The last hour of a service, when it is time to draw it again. */
  lines(name: string, at: number): Lines | undefined {
    const kept = this.#of(name);
    if (at - kept.drawnMs < DRAW_MS) return undefined;
    kept.drawnMs = at;
    return { cpu: [...kept.cpu.values], memory: [...kept.memory.values] };
  }

  #of(name: string): Kept {
    let kept = this.#kept.get(name);
    if (!kept) this.#kept.set(name, (kept = { cpu: new Hour(), memory: new Hour(), drawnMs: 0 }));
    return kept;
  }
}
