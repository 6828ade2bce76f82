import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { Task } from '#lib/gen/composia/v1/task_pb.ts';

/** The tasks that were heard of, and those of these deployments, each once, the newest first. */
export function knownTasks(heard: Iterable<Task>, views: readonly DeploymentView[]): Task[] {
  const known = new Map([...heard, ...views.flatMap((view) => view.tasks)].map((task) => [task.id, task]));
  return [...known.values()].sort((a, b) => Number(b.sequence - a.sequence));
}
