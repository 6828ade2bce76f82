import { goto } from '$app/navigation';
import { TaskState, type Task } from '#lib/gen/composia/v1/task_pb.ts';
import { isPending } from '#lib/live/fleet.svelte.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { asking } from '#lib/work/asking.svelte.ts';
import { attempt } from '#lib/work/attempt.ts';
import { faultOfWork } from '#lib/work/outcome.ts';
import { RequestIds } from '#lib/work/request-ids.ts';

/** How a person may say that a lost task ended. */
export type Ending = TaskState.SUCCEEDED | TaskState.FAILED | TaskState.CANCELLED;

/** Of what was asked to be done again. */
const retries = new RequestIds();

/** Whether the task can be ended, and the caller may. */
export function mayCancel(task: Task): boolean {
  return caller.may('CancelTask') && isPending(task) && !task.cancelRequested;
}

/** Whether the task can be done again, and the caller may. */
export function mayRetry(task: Task): boolean {
  return caller.may('Retry') && [TaskState.FAILED, TaskState.CANCELLED, TaskState.LOST].includes(task.state);
}

/** Whether somebody has to say how the task ended, and the caller may. */
export function mayResolve(task: Task): boolean {
  return caller.may('ResolveTask') && task.state === TaskState.LOST;
}

/** End a task: at once when it only waits, else once that was asked about. */
export function askCancel(task: Task): void {
  if (isWaiting(task)) void cancelTask(task);
  else asking.ask({ what: 'cancel task', task });
}

/** End a task. */
export async function cancelTask(task: Task): Promise<void> {
  await attempt(`cancel ${task.id}`, async () => {
    await server.cancelTask({ task: task.id });
    notices.say('ok', isWaiting(task) ? `Cancelled ${task.id}` : `Ending ${task.id} on ${task.node}`);
  });
}

/**
 * Do a task or what did not succeed of a deployment again, and go to the new deployment; who is elsewhere by then is told
 * where it is.
 */
export async function retry(what: { task: string } | { deployment: string }): Promise<void> {
  const id = 'task' in what ? what.task : what.deployment;
  const pressedAt = location.pathname;
  const told = (thrown: unknown) => faultOfWork(thrown, true);
  const doIt = async () => {
    const started = await server.retry(retries.of(what));
    retries.answered(what);
    const again = started.deployments[0]?.deployment?.id;
    if (!again) return;
    const href = `/deployments/${again}`;
    if (location.pathname === pressedAt) await goto(href);
    else notices.say('ok', `${id} is done again as ${again}`, { href });
  };
  await attempt(`retry ${id}`, doIt, told);
}

/** Say how a lost task ended. */
export async function resolveTask(task: Task, state: Ending): Promise<void> {
  await attempt(`resolve ${task.id}`, async () => {
    await server.resolveTask({ task: task.id, state });
    notices.say('ok', `${task.id} counts as ${TaskState[state].toLowerCase()} now`);
  });
}

function isWaiting(task: Task): boolean {
  return task.state === TaskState.PENDING;
}
