import type { Deployment, DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { Task } from '#lib/gen/composia/v1/task_pb.ts';

/** What the page has heard of work by itself. */
interface Heard {
  deployments: ReadonlyMap<string, Deployment>;
  tasks: ReadonlyMap<string, Task>;
}

/** The deployments of a service that were heard of, newest first. */
export function heardOf(heard: Heard, service: string): DeploymentView[] {
  const found = [...heard.deployments.values()].filter((deployment) => deployment.service === service);
  return found.sort(newest).map((deployment) => viewOf(heard, deployment, []));
}

/**
 * What was asked for, brought up to what has been heard since: each in its newest state, and those that are new before the
 * others. Newest first.
 */
export function upToDate(asked: readonly DeploymentView[], heard: Heard, service: string): DeploymentView[] {
  const views = new Map<string, DeploymentView>();
  let last = 0n;
  for (const view of asked) {
    if (!view.deployment) continue;
    views.set(
      view.deployment.id,
      viewOf(heard, heard.deployments.get(view.deployment.id) ?? view.deployment, view.tasks)
    );
    last = view.deployment.sequence;
  }
  for (const view of heardOf(heard, service)) {
    const { deployment } = view;
    if (deployment && deployment.sequence > last && !views.has(deployment.id)) views.set(deployment.id, view);
  }
  return [...views.values()].sort((a, b) => (a.deployment && b.deployment ? newest(a.deployment, b.deployment) : 0));
}

function viewOf(heard: Heard, deployment: Deployment, known: readonly Task[]): DeploymentView {
  const tasks = new Map(known.map((task) => [task.id, task]));
  for (const task of heard.tasks.values()) if (task.deployment === deployment.id) tasks.set(task.id, task);
  const sorted = [...tasks.values()].sort((a, b) => a.batch - b.batch || (a.node < b.node ? -1 : 1));
  return { $typeName: 'composia.v1.DeploymentView', deployment, tasks: sorted, refusals: [] };
}

function newest(a: Deployment, b: Deployment): number {
  return a.sequence < b.sequence ? 1 : a.sequence > b.sequence ? -1 : 0;
}

/** Why a deployment did not do what it was to, in a line: its own reason, else the first failure of a task. */
export function causeOf(view: DeploymentView): string {
  const failed = view.tasks.find((task) => task.error);
  const cause = failed?.error ? `${failed.node}: ${failed.error.message}` : '';
  return cause || (view.deployment?.reason ?? '');
}
