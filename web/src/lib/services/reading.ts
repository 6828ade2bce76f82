import type { NodeUsage } from '#lib/gen/composia/v1/usage_pb.ts';

/** What a service uses at a moment: percent of one processor, and bytes. */
export interface Reading {
  cpu: number;
  memory: number;
}

/** The sums over the containers of each service on a node; `owners` says whose each container is. */
export function byService(usage: NodeUsage, owners: ReadonlyMap<string, string>): Map<string, Reading> {
  const sums = new Map<string, Reading>();
  usage.containers?.names.forEach((name, at) => {
    const service = owners.get(name);
    if (service === undefined) return;
    const sum = sums.get(service) ?? { cpu: 0, memory: 0 };
    sum.cpu += usage.containers?.cpuPercent[at] ?? 0;
    sum.memory += Number(usage.containers?.memoryBytes[at] ?? 0n);
    sums.set(service, sum);
  });
  return sums;
}

/** A value for each minute of the last hour, the newest last: the mean of what was read in it, NaN where nothing was. */
export class Hour {
  static readonly STEP_MS = 60_000;
  static readonly LENGTH = 60;
  #last = 0;
  #count = 0;
  #values: number[] = new Array<number>(Hour.LENGTH).fill(NaN);

  get values(): readonly number[] {
    return this.#values;
  }

  /** Take over a value that was read at `at` (milliseconds); one from before the hour is left out. */
  add(at: number, value: number): void {
    const step = Math.floor(at / Hour.STEP_MS);
    if (step > this.#last) this.#advance(step);
    const place = Hour.LENGTH - 1 - (this.#last - step);
    if (place < 0 || Number.isNaN(value)) return;
    const before = this.#values[place] ?? NaN;
    if (step < this.#last || Number.isNaN(before)) {
      this.#values[place] = value;
      if (step === this.#last) this.#count = 1;
      return;
    }
    this.#count += 1;
    this.#values[place] = before + (value - before) / this.#count;
  }

  /** Take over values of which each holds for so long, from `start` on (milliseconds). */
  fill(start: number, stepMs: number, values: readonly number[]): void {
    values.forEach((value, at) => {
      const from = start + at * stepMs;
      for (let time = from; time < from + stepMs; time += Hour.STEP_MS) this.add(time, value);
    });
  }

  #advance(step: number): void {
    const gone = Math.min(Hour.LENGTH, step - this.#last);
    this.#values = [...this.#values.slice(gone), ...new Array<number>(gone).fill(NaN)];
    this.#last = step;
    this.#count = 0;
  }
}
