import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import { Severity, type Problem } from '#lib/gen/composia/v1/problem_pb.ts';
import type { Comparison } from '#lib/gen/composia/v1/server_pb.ts';
import { NodeFit, Wanted, type NodeVerdict, type ServiceView } from '#lib/gen/composia/v1/service_pb.ts';
import type { InstanceStatus, ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskKind, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { count } from '#lib/format/quantity.ts';
import type { Shown } from '#lib/live/state.ts';

/** A node that a deploy goes to, or that an instance is on though the service no longer goes there. */
export interface Place {
  node: string;
  verdict: NodeVerdict | undefined;
  instance: InstanceStatus | undefined;
  /** The deploy goes there. */
  chosen: boolean;
}

/**
 * The nodes that matter to a deploy: first those that it goes to, then those where an instance is left. An older revision goes
 * where the head goes, and to the nodes that were `named`; where the head cannot be read, to those that have an instance.
 */
export function places(
  view: ServiceView | undefined,
  status: ServiceStatus | undefined,
  named?: readonly string[]
): Place[] {
  const verdicts = new Map(view?.nodes.map((verdict) => [verdict.node, verdict]));
  const instances = new Map(status?.instances.map((instance) => [instance.node, instance]));
  const unread = !view || (named !== undefined && errors(view.problems).length > 0);
  const chosen = new Set([...(unread ? instances.keys() : view.placed), ...(named ?? [])]);
  const names = new Set([...chosen, ...instances.keys()]);
  return [...names].map((node) => ({
    node,
    verdict: verdicts.get(node),
    instance: instances.get(node),
    chosen: chosen.has(node)
  }));
}

/**
 * The nodes that a deploy asks for; none is all that its revision goes to. An `older` one may go elsewhere than the head, and
 * gets those that are shown.
 */
export function asked(all: readonly Place[], without: ReadonlySet<string>, older: boolean): string[] {
  const going = all.filter((place) => place.chosen && !without.has(place.node));
  return older || all.some((place) => place.chosen && without.has(place.node)) ? going.map((place) => place.node) : [];
}

/** The nodes that the service could never go to as things are, each with its reasons. */
export function refused(view: ServiceView): NodeVerdict[] {
  return view.nodes.filter((verdict) => verdict.fit === NodeFit.IMPOSSIBLE);
}

/** The distinct revisions that run where the deploy goes; one empty revision where nothing was ever deployed there. */
export function running(chosen: readonly Place[]): string[] {
  const revisions = new Set(chosen.map((place) => place.instance?.revision ?? ''));
  if (revisions.size > 1) revisions.delete('');
  return [...revisions];
}

/** When and by whom a node got the revision that it has, as far as these deployments tell. */
export function released(
  history: readonly DeploymentView[],
  node: string,
  revision: string
): { at: number; by: string; deployment: string } | undefined {
  for (const { deployment, tasks } of history) {
    if (deployment?.kind !== TaskKind.DEPLOY || deployment.revision !== revision) continue;
    const task = tasks.find((one) => one.node === node && one.state === TaskState.SUCCEEDED);
    if (task) return { at: Number(task.endedMs), by: deployment.createdBy, deployment: deployment.id };
  }
  return undefined;
}

/** What a deploy changes at a place. */
export function difference(place: Place, comparison: Comparison | undefined): Shown {
  if (!place.chosen) return { word: 'left alone', tone: 'off' };
  if (!place.instance?.revision) return { word: 'new here', tone: 'busy' };
  if (!comparison)
    return place.instance.changed ? { word: 'changed', tone: 'busy' } : { word: 'unchanged', tone: 'off' };
  if (!comparison.files.length) return { word: 'unchanged', tone: 'off' };
  const commits = comparison.commits.length;
  if (!commits || comparison.moreCommits) return { word: 'changed', tone: 'busy' };
  return { word: count(commits, 'commit'), tone: 'busy' };
}

/** What keeps the service from being deployed. */
export function errors(problems: readonly Problem[]): Problem[] {
  return problems.filter((problem) => problem.severity === Severity.ERROR);
}

/** What a deploy of many finds of one: a word for it, and whether it can be deployed and has to be. */
export interface Outlook extends Shown {
  can: boolean;
  due: boolean;
}

/** What there is to say of a service before many are deployed. */
export function outlook(service: ServiceStatus | undefined): Outlook {
  const cannot = (word: string, tone: Shown['tone'] = 'off') => ({ word, tone, can: false, due: false });
  if (!service) return cannot('unknown', 'unknown');
  if (errors(service.problems).length) return cannot('invalid', 'bad');
  if (service.wanted === Wanted.DISABLED) return cannot('disabled');
  if (service.wanted === Wanted.REMOVED) return cannot('not in the repository');
  const due = (word: string) => ({ word, tone: 'busy' as const, can: true, due: true });
  const placed = service.instances.filter((instance) => !instance.orphaned);
  if (!placed.length) return due('on no node yet');
  const changed = placed.some((instance) => instance.changed);
  if (placed.every((instance) => instance.stopped)) return { word: 'stopped', tone: 'warn', can: true, due: changed };
  const behind = Math.max(0, ...placed.map((instance) => instance.behind ?? 0));
  if (placed.some((instance) => !instance.revision)) return due('new on a node');
  if (behind) return due(`${count(behind, 'commit')} behind`);
  if (changed) return due('changed');
  return { word: 'unchanged', tone: 'off', can: true, due: false };
}
