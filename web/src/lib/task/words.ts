import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import { StepName, StepState } from '#lib/gen/composia/v1/step_pb.ts';
import { PruneTarget, TaskState, type Order, type Task, type TaskError } from '#lib/gen/composia/v1/task_pb.ts';
import { byName, word } from '#lib/format/name.ts';
import { duration } from '#lib/format/time.ts';

/** The word of a step: `up`, `health`. */
export function stepWord(name: StepName): string {
  return word(StepName[name]);
}

/** A failure in its parts: the cause in a line, and the last lines of the container that are told with it. */
export function partsOf(error: TaskError): { cause: string; lines: string } {
  const [cause = '', ...more] = error.message.split('\n');
  const told = more.length ? cause.replace(/; its last lines:$/, '') : cause;
  return { cause: told, lines: more.map((line) => line.replace(/^ {2}/, '')).join('\n') };
}

/** Tasks that went wrong, those with one cause together, in the order in which they failed. */
export interface Cause {
  readonly error: TaskError;
  readonly tasks: readonly Task[];
}

/** Why it did not go well: each cause once. */
export function causesOf(tasks: readonly Task[]): Cause[] {
  const causes = new Map<string, { error: TaskError; tasks: Task[] }>();
  const wrong = tasks.filter((task) => task.error && [TaskState.FAILED, TaskState.LOST].includes(task.state));
  for (const task of wrong.sort((a, b) => Number(a.endedMs - b.endedMs))) {
    if (!task.error) continue;
    const key = [task.error.code, task.error.where, task.error.message].join('\0');
    const cause = causes.get(key) ?? { error: task.error, tasks: [] };
    cause.tasks.push(task);
    causes.set(key, cause);
  }
  return [...causes.values()];
}

/** What an order says beside what is to be done, each in a line. */
export function optionsOf(order: Order): string[] {
  const options: string[] = [];
  if (order.pull) options.push('asks registries for moved tags');
  if (order.overwriteEdits) options.push('replaces files edited on the host');
  if (order.removeVolumes) options.push('removes volumes');
  for (const target of order.prune) options.push(word(PruneTarget[target]));
  return options;
}

/** The limits of an order: of the whole attempt, then of single steps. */
export function limitsOf(order: Order): string {
  const limits = order.timeouts;
  if (!limits) return '';
  const steps = limits.steps.map((one) => `${stepWord(one.step)} ${duration(one.seconds * 1000)}`);
  return [limits.taskS ? duration(limits.taskS * 1000) : '', ...steps].filter(Boolean).join(', ');
}

/** A batch with its tasks. */
export interface Batch {
  readonly name: string;
  readonly tasks: readonly Task[];
}

/** The tasks as they are let go: the canaries first, then batch by batch; one without a name when all go at once. */
export function batchesOf(view: DeploymentView): Batch[] {
  const numbers = [...new Set(view.tasks.map((task) => task.batch))].sort((a, b) => a - b);
  const canary = (view.deployment?.rollout?.canary ?? 0) > 0 && numbers.length > 1;
  const total = numbers.length - (canary ? 1 : 0);
  return numbers.map((number, at) => ({
    name: numbers.length < 2 ? '' : canary && at === 0 ? 'Canary' : `Batch ${at + (canary ? 0 : 1)} of ${total}`,
    tasks: view.tasks.filter((task) => task.batch === number).sort((a, b) => byName(a.node, b.node))
  }));
}

/** A step on the time axis of its attempt. */
export interface Bar {
  readonly name: string;
  readonly from: number;
  readonly span: number;
}

/** How long steps took and when, in milliseconds; `now` is the server's time, for the one that is running. */
export function barsOf(task: Task, now: number): { bars: Bar[]; total: number } {
  const ran = task.steps.filter((step) => step.startedMs > 0n && step.state !== StepState.SKIPPED);
  const first = Math.min(...ran.map((step) => Number(step.startedMs)));
  const bars = ran.map((step) => {
    const from = Number(step.startedMs) - first;
    const span = step.state === StepState.RUNNING ? now - Number(step.startedMs) : Number(step.durationMs);
    return { name: stepWord(step.name), from, span: Math.max(0, span) };
  });
  return { bars, total: Math.max(1, ...bars.map((bar) => bar.from + bar.span)) };
}
