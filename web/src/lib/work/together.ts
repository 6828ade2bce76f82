import { DeploymentState, type Deployment } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { shownDeployment, type Tone } from '#lib/live/state.ts';
import { few } from './outcome.ts';
import { VERBS } from './verbs.ts';

/** Deployments that were begun together, as far as it is known what becomes of them. */
export class Together {
  readonly #known: Map<string, Deployment>;
  /** Those that the page has heard of by itself. */
  readonly #heard = new Set<string>();
  /** Those that were asked for since the last snapshot. */
  readonly #asked = new Set<string>();
  readonly #firstSnapshot: number;
  #lastSnapshot: number;

  /** `snapshots` counts those of the stream until now. */
  constructor(begun: readonly Deployment[], snapshots: number) {
    this.#known = new Map(begun.map((one) => [one.id, one]));
    this.#firstSnapshot = this.#lastSnapshot = snapshots;
  }

  /**
   * Take over what the page has heard; returns those that have to be asked for. A snapshot tells of what is open, and of what
   * has ended the page remembers the last only: what was there, or has to be in a snapshot, and is not, has ended.
   */
  hear(heard: ReadonlyMap<string, Deployment>, snapshots: number): Deployment[] {
    if (snapshots !== this.#lastSnapshot) this.#asked.clear();
    this.#lastSnapshot = snapshots;
    const missing = this.#open.filter(({ id }) => {
      const now = heard.get(id);
      if (!now) return (this.#heard.has(id) || snapshots !== this.#firstSnapshot) && !this.#asked.has(id);
      this.#heard.add(id);
      this.#known.set(id, now);
      return false;
    });
    for (const { id } of missing) this.#asked.add(id);
    return missing;
  }

  /** Take over what the server has answered. */
  learn(answered: Iterable<Deployment>): void {
    for (const one of answered) if (this.#known.get(one.id)?.endedMs === 0n) this.#known.set(one.id, one);
  }

  get isOver(): boolean {
    return !this.#open.length;
  }

  /** `7 of 12 done, 1 failed`. */
  get progress(): string {
    const all = [...this.#known.values()];
    const among = (state: DeploymentState) => all.filter((one) => one.state === state).length;
    const failed = among(DeploymentState.FAILED);
    const paused = among(DeploymentState.PAUSED);
    const done = `${all.length - this.#open.length} of ${all.length} done`;
    return [done, ...(failed ? [`${failed} failed`] : []), ...(paused ? [`${paused} paused`] : [])].join(', ');
  }

  /** How it has ended, and where there is more about it; `left` is what was not begun, and why. */
  ending(kind: TaskKind, left: readonly string[]): { tone: Tone; text: string; lines: string[]; href: string } {
    const all = [...this.#known.values()];
    const ill = all.filter((one) => one.state !== DeploymentState.SUCCEEDED);
    const well = all.length - ill.length;
    const lines = ill.map((one) => [`${one.service} ${shownDeployment(one.state).word}`, one.reason].filter(Boolean));
    const [only, another] = ill;
    const failed = ill.some((one) => one.state === DeploymentState.FAILED);
    return {
      tone: failed ? 'bad' : ill.length || left.length ? 'warn' : 'ok',
      text: `${ill.length ? `${well} of ` : ''}${count(all.length, 'service')} ${VERBS[kind].done}`,
      lines: few([...lines.map((line) => line.join(': ')), ...left]),
      href: only && !another ? `/deployments/${only.id}` : '/deployments'
    };
  }

  get #open(): Deployment[] {
    return [...this.#known.values()].filter((one) => !one.endedMs);
  }
}
