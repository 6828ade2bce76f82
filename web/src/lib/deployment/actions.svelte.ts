import { DeploymentState, type Deployment, type DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import { TaskKind, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { isOpen, isPending } from '#lib/live/fleet.svelte.ts';
import { caller } from '#lib/rpc/caller.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { attempt } from '#lib/work/attempt.ts';

/** Whether the deployment can be ended, and the caller may. */
export function mayCancel(deployment: Deployment): boolean {
  return caller.may('CancelDeployment') && isOpen(deployment) && !deployment.cancelledBy;
}

/** Whether the deployment can be held, and the caller may. What has one task left has nothing to hold. */
export function mayPause(view: DeploymentView): boolean {
  const waiting = view.tasks.some((task) => task.state === TaskState.PENDING);
  const open = view.deployment && isOpen(view.deployment) && view.deployment.state !== DeploymentState.PAUSED;
  return caller.may('PauseDeployment') && Boolean(open) && waiting;
}

/** Whether the deployment is held and the caller may let it go on. */
export function mayResume(deployment: Deployment): boolean {
  return caller.may('ResumeDeployment') && deployment.state === DeploymentState.PAUSED;
}

/** How many tasks did not succeed and can be done again; 0 as well when the caller may not. */
export function retriable(view: DeploymentView): number {
  if (!caller.may('Retry') || view.tasks.some(isPending)) return 0;
  const done = [TaskState.SUCCEEDED, TaskState.SUPERSEDED];
  return view.tasks.filter((task) => !done.includes(task.state)).length;
}

/** Whether all of it can be done again, and the caller may. */
export function mayRepeat(deployment: Deployment): boolean {
  if (isOpen(deployment)) return false;
  if (deployment.kind === TaskKind.PRUNE) return caller.may('PruneNode');
  return caller.may(deployment.kind === TaskKind.DEPLOY ? 'Deploy' : 'Operate');
}

/** End every open task. */
export async function cancel(deployment: Deployment): Promise<void> {
  await attempt(`cancel ${deployment.id}`, async () => {
    await server.cancelDeployment({ deployment: deployment.id });
    notices.say('ok', `Cancelling ${deployment.id}`);
  });
}

/** Let no further task begin. */
export async function pause(deployment: Deployment): Promise<void> {
  await attempt(`pause ${deployment.id}`, () => server.pauseDeployment({ deployment: deployment.id }));
}

/** Let it go on, past what has failed. */
export async function resume(deployment: Deployment): Promise<void> {
  await attempt(`resume ${deployment.id}`, () => server.resumeDeployment({ deployment: deployment.id }));
}
