import { DeploymentState, type Deployment, type DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import { TaskKind, type Task } from '#lib/gen/composia/v1/task_pb.ts';
import { byName } from '#lib/format/name.ts';
import { merged } from '#lib/task/merged.ts';

/** What the page has heard of work by itself. */
interface Heard {
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly tasks: ReadonlyMap<string, Task>;
  /** By deployment. */
  readonly commits: ReadonlyMap<string, Revision>;
}

/** A deployment as it is now: as it was told when asked for, brought up to what has been heard since. */
export function viewNow(id: string, asked: DeploymentView | undefined, heard: Heard): DeploymentView | undefined {
  const known = asked?.deployment?.id === id ? asked : undefined;
  const deployment = heard.deployments.get(id) ?? known?.deployment;
  if (!deployment) return undefined;
  const tasks = new Map((known?.tasks ?? []).map((task) => [task.id, task]));
  for (const task of heard.tasks.values()) if (task.deployment === id) tasks.set(task.id, task);
  const sorted = [...tasks.values()].sort((a, b) => a.batch - b.batch || byName(a.node, b.node));
  const commit = known?.commit ?? heard.commits.get(id);
  return { $typeName: 'composia.v1.DeploymentView', deployment, tasks: sorted, refusals: [], commit };
}

/**
 * Deployments as they are now, newest first: those that were asked for, and those that `fit` and were heard of; what is older
 * than a list that is not `complete` is left to a later page.
 */
export function viewsNow(
  asked: readonly DeploymentView[],
  heard: Heard,
  complete: boolean,
  fits: (deployment: Deployment) => boolean
): DeploymentView[] {
  const told = new Map(asked.map((view) => [view.deployment?.id ?? '', view]));
  const listed = asked.flatMap((view) => view.deployment ?? []);
  return merged(listed, heard.deployments, complete, fits).flatMap(
    (one) => viewNow(one.id, told.get(one.id), heard) ?? []
  );
}

/**
 * The revision at which the service was last deployed well before a deployment, so that what lies between the two is what that
 * brought; empty when it is the same one, or when either cannot be read any more. `earlier` are those before it, newest first.
 */
export function revisionBefore(view: DeploymentView, earlier: readonly DeploymentView[], heard: Heard): string {
  const { deployment, commit } = view;
  if (!deployment || !commit) return '';
  const before = earlier.find(
    ({ deployment: one }) =>
      one?.service === deployment.service &&
      one.sequence < deployment.sequence &&
      one.kind === TaskKind.DEPLOY &&
      (heard.deployments.get(one.id) ?? one).state === DeploymentState.SUCCEEDED
  );
  return before?.commit && before.commit.id !== commit.id ? before.commit.id : '';
}
