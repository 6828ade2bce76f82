import { goto } from '$app/navigation';
import Boxes from '@lucide/svelte/icons/boxes';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import GitCommit from '@lucide/svelte/icons/git-commit-horizontal';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Server from '@lucide/svelte/icons/server';
import type { Deployment, DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import type { Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import type { ScheduleView } from '#lib/gen/composia/v1/server_pb.ts';
import type { ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import type { Task } from '#lib/gen/composia/v1/task_pb.ts';
import { mayCancel, mayPause, mayResume, pause, resume, retriable } from '#lib/deployment/actions.svelte.ts';
import { authorName, headline, short } from '#lib/format/name.ts';
import { age } from '#lib/format/time.ts';
import { clock } from '#lib/live/clock.svelte.ts';
import { isOpen } from '#lib/live/fleet.svelte.ts';
import { serviceReason, serviceState, shownDeployment, shownNode, shownService, shownTask } from '#lib/live/state.ts';
import { nodeActions } from '#lib/nodes/actions.ts';
import { nodeParts } from '#lib/nodes/parts.ts';
import { askCancel, mayCancel as mayCancelTask, mayResolve, mayRetry, retry } from '#lib/task/actions.svelte.ts';
import { titleOfTask } from '#lib/task/title.ts';
import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import { serviceActions, serviceLinks } from '#lib/work/actions.ts';
import { asking } from '#lib/work/asking.svelte.ts';
import { runSchedule } from '#lib/work/schedule.ts';
import { VERBS } from '#lib/work/verbs.ts';
import type { Entry } from './entry.ts';

/** Something that may be done with work, or may not, and how. */
type Offered = [name: string, may: boolean, run: () => void | Promise<void>];

/** To a service. */
export function serviceEntry(service: ServiceStatus): Entry {
  const nodes = service.instances.map((instance) => instance.node).join(', ');
  return {
    id: `service ${service.name}`,
    kind: 'Service',
    name: service.name,
    beside: serviceReason(service) || nodes,
    words: '',
    icon: Boxes,
    shown: shownService(serviceState(service)),
    href: `/services/${encodeURIComponent(service.name)}`
  };
}

/** All that may be done with a service, and the views of it. */
export function serviceDoings(service: ServiceStatus): Entry[] {
  return [...serviceActions(service), ...serviceLinks(service.name)].map((item) =>
    doing(item, 'service', service.name)
  );
}

/** What may be done with a service on those of its nodes that are meant. */
export function instanceDoings(service: ServiceStatus, isMeant: (node: string) => boolean = () => true): Entry[] {
  return service.instances
    .filter(({ node }) => isMeant(node))
    .flatMap(({ node }) =>
      serviceActions(service, [node])
        .map((item) => doing(item, 'service', service.name))
        .map((entry) => ({ ...entry, id: `${entry.id} on ${node}`, name: `${entry.name} on ${node}` }))
    );
}

/** To a node. */
export function nodeEntry(view: NodeView): Entry {
  const name = view.node?.name ?? '';
  const labels = view.node?.labels.map((label) => `${label.key}=${label.value}`).join(' ') ?? '';
  return {
    id: `node ${name}`,
    kind: 'Node',
    name,
    beside: labels,
    words: 'node',
    icon: Server,
    shown: shownNode(view),
    href: nodeHref(name)
  };
}

/** All that may be done with a node, on its page: there it is asked about, and seen. */
export function nodeDoings(view: NodeView): Entry[] {
  const name = view.node?.name ?? '';
  return nodeActions(view).map((item) => {
    const run = () => void goto(nodeHref(name)).then(() => item.run?.());
    return doing({ ...item, run }, 'node', name);
  });
}

/** To those views of a node that are meant. */
export function nodeLinks(view: NodeView, isMeant: (part: string) => boolean = () => true): Entry[] {
  const name = view.node?.name ?? '';
  return nodeParts(name)
    .filter((part) => isMeant(part.name))
    .map((part) => doing({ ...part, icon: Server }, 'node', name));
}

function nodeHref(name: string): string {
  return `/nodes/${encodeURIComponent(name)}`;
}

/** To a deployment. */
export function deploymentEntry(deployment: Deployment): Entry {
  return {
    id: `deployment ${deployment.id}`,
    kind: 'Deployment',
    name: `${VERBS[deployment.kind].verb} ${deployment.service || 'a node'}`,
    beside: `${deployment.id}, ${ago(deployment.createdMs)}, by ${deployment.createdBy}`,
    words: deployment.id,
    icon: ListChecks,
    shown: shownDeployment(deployment.state),
    href: `/deployments/${deployment.id}`
  };
}

/** What may be done with a deployment. */
export function deploymentDoings(view: DeploymentView): Entry[] {
  const { deployment } = view;
  if (!deployment) return [];
  const offered: Offered[] = [
    ['Cancel', mayCancel(deployment), () => asking.ask({ what: 'cancel', deployment })],
    ['Pause', mayPause(view), () => pause(deployment)],
    ['Resume', mayResume(deployment), () => resume(deployment)],
    ['Retry', !isOpen(deployment) && retriable(view) > 0, () => retry({ deployment: deployment.id })]
  ];
  const { service } = deployment;
  return workDoings('deployment', deployment.id, offered, `${VERBS[deployment.kind].verb} ${service}`, service);
}

/** What may be done with a task. */
export function taskDoings(task: Task): Entry[] {
  const offered: Offered[] = [
    ['Cancel', mayCancelTask(task), () => askCancel(task)],
    ['Resolve', mayResolve(task), () => asking.ask({ what: 'resolve task', task })],
    ['Retry', mayRetry(task), () => retry({ task: task.id })]
  ];
  const beside = task.service ? `${titleOfTask(task)} on ${task.node}` : titleOfTask(task);
  return workDoings('task', task.id, offered, beside, `${task.service} ${task.node}`);
}

/** What may be done with work, on its page: there it is asked about, and seen. */
function workDoings(
  of: 'deployment' | 'task',
  id: string,
  offered: readonly Offered[],
  beside: string,
  words: string
): Entry[] {
  return offered
    .filter(([, may]) => may)
    .map(([name, , run]) => {
      const there = () => void goto(`/${of}s/${id}`).then(run);
      return { ...doing({ name, icon: ListChecks, run: there }, of, id), beside, words: `${of} ${words}` };
    });
}

/** A schedule is run now. */
export function scheduleEntry({ name, what }: ScheduleView): Entry {
  const entry = doing({ name: 'Run', icon: CalendarClock, run: () => void runSchedule(name) }, 'schedule', name);
  return { ...entry, beside: what };
}

/** To a task. */
export function taskEntry(task: Task): Entry {
  const what = task.service ? `${task.service} on ${task.node}` : task.node;
  return {
    id: `task ${task.id}`,
    kind: 'Task',
    name: `${VERBS[task.order?.kind ?? 0].verb} ${what}`,
    beside: `${task.id}, ${ago(task.createdMs)}`,
    words: task.id,
    icon: ListChecks,
    shown: shownTask(task.state),
    href: `/tasks/${task.id}`
  };
}

/** To a commit. */
export function commitEntry(commit: Revision): Entry {
  return {
    id: `commit ${commit.id}`,
    kind: 'Commit',
    name: headline(commit.message),
    beside: `${short(commit.id)}, ${authorName(commit.author)}, ${ago(commit.committedMs)}`,
    words: commit.id,
    icon: GitCommit,
    href: `/repository#${commit.id}`
  };
}

function ago(at: bigint): string {
  const text = age(clock.read() - Number(at));
  return text === 'now' ? text : `${text} ago`;
}

function doing(item: MenuItem, of: string, subject: string): Entry {
  const { name, icon, href, run, not } = item;
  return {
    id: `do ${of} ${subject} ${name}`,
    kind: 'Do',
    name: `${name} ${subject}`,
    beside: not ?? '',
    words: of,
    ...(icon && { icon }),
    ...(href !== undefined && { href }),
    ...(run && { run }),
    ...(not !== undefined && { not })
  };
}
