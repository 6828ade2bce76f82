import { SvelteMap } from 'svelte/reactivity';
import { DeploymentState, type Deployment } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import type { RepositoryState, Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import type { WatchEvent } from '#lib/gen/composia/v1/server_pb.ts';
import type { InstanceStatus, ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskState, type Task } from '#lib/gen/composia/v1/task_pb.ts';
import type { NodeUsage } from '#lib/gen/composia/v1/usage_pb.ts';

/** So many ended deployments, and as many ended tasks, are remembered; and up to twice as many, so that it is seldom tidied. */
const ENDED = 500;

/**
 * All that `Watch` has told: the one picture that every view is drawn from. Values are replaced and never changed, so that
 * a view hears of what it shows and of nothing else.
 */
export class Fleet {
  /** By name. */
  readonly services = new SvelteMap<string, ServiceStatus>();
  /** By name. */
  readonly nodes = new SvelteMap<string, NodeView>();
  /** By id: those that are open, and those that ended while the page was looking. */
  readonly deployments = new SvelteMap<string, Deployment>();
  /** By id: of those deployments. */
  readonly tasks = new SvelteMap<string, Task>();
  /** By deployment: what each of these has deployed, as far as the repository has it. */
  readonly commits = new SvelteMap<string, Revision>();
  /** The last readings, by node. */
  readonly usage = new SvelteMap<string, NodeUsage>();
  /** When each node was told of last, in milliseconds of this machine: the ages that were told count from then. */
  readonly heard = new SvelteMap<string, number>();
  repository = $state.raw<RepositoryState>();
  /**
   * Counts the snapshots, and how often what has ended was forgotten: whoever has asked for something by itself asks again when
   * this changes.
   */
  snapshots = $state(0);

  /** Take over one event. */
  apply(event: WatchEvent): void {
    if (event.snapshot) this.#forget();
    for (const service of event.services) this.services.set(service.name, service);
    for (const name of event.goneServices) this.services.delete(name);
    for (const instance of event.instances) this.#replace(instance);
    for (const node of event.nodes) this.#takeNode(node);
    for (const name of event.goneNodes) this.#dropNode(name);
    for (const usage of event.usage) this.usage.set(usage.node, usage);
    for (const deployment of event.deployments) this.deployments.set(deployment.id, deployment);
    for (const task of event.tasks) this.tasks.set(task.id, task);
    for (const { deployment, commit } of event.commits) if (commit) this.commits.set(deployment, commit);
    if (event.repository) this.repository = event.repository;
    const forgot = [
      event.deployments.length && forgetEnded(this.deployments, (deployment) => !isOpen(deployment)),
      event.tasks.length && forgetEnded(this.tasks, (task) => !isPending(task))
    ].some(Boolean);
    if (forgot) this.#forgetCommits();
    if (event.snapshot || forgot) this.snapshots += 1;
  }

  /** A snapshot tells all again but what has ended, which stays as it is. */
  #forget(): void {
    for (const map of [this.services, this.nodes, this.usage]) map.clear();
    for (const [id, deployment] of this.deployments) if (isOpen(deployment)) this.deployments.delete(id);
    // how a lost one ended may have been said meanwhile
    for (const [id, task] of this.tasks) if (isPending(task) || task.state === TaskState.LOST) this.tasks.delete(id);
    this.#forgetCommits();
  }

  #forgetCommits(): void {
    for (const id of this.commits.keys()) if (!this.deployments.has(id)) this.commits.delete(id);
  }

  #replace(instance: InstanceStatus): void {
    const service = this.services.get(instance.service);
    if (!service) return;
    const instances = service.instances.map((one) => (one.node === instance.node ? instance : one));
    this.services.set(service.name, { ...service, instances });
  }

  #takeNode(view: NodeView): void {
    const name = view.node?.name;
    if (name === undefined) return;
    this.heard.set(name, Date.now());
    this.nodes.set(name, view);
  }

  #dropNode(name: string): void {
    this.nodes.delete(name);
    this.heard.delete(name);
    this.usage.delete(name);
  }
}

/** Whether a deployment has not ended. */
export function isOpen(deployment: Deployment): boolean {
  return [DeploymentState.PENDING, DeploymentState.RUNNING, DeploymentState.PAUSED].includes(deployment.state);
}

/** Whether a task has not ended. */
export function isPending(task: Task): boolean {
  return [TaskState.PENDING, TaskState.ASSIGNED, TaskState.RUNNING].includes(task.state);
}

/** Forget the older half of those that have ended, when they are too many; whether any were. */
function forgetEnded<Value>(map: SvelteMap<string, Value>, ended: (value: Value) => boolean): boolean {
  if (map.size < 2 * ENDED) return false;
  const over = [...map].filter(([, value]) => ended(value)).map(([key]) => key);
  if (over.length < 2 * ENDED) return false;
  for (const key of over.slice(0, -ENDED)) map.delete(key);
  return true;
}

export const fleet = new Fleet();
