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
import { retry } from '#lib/task/actions.svelte.ts';
import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import { serviceActions, serviceLinks } from '#lib/work/actions.ts';
import { asking } from '#lib/work/asking.svelte.ts';
import { runSchedule } from '#lib/work/schedule.ts';
import { VERBS } from '#lib/work/verbs.ts';
import type { Entry } from './entry.ts';

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

/** What may be done with a deployment, on its page: there it is asked about, and seen. */
export function deploymentDoings(view: DeploymentView): Entry[] {
  const { deployment } = view;
  if (!deployment) return [];
  const again = async () => {
    const address = await retry({ deployment: deployment.id });
    if (address) await goto(address);
  };
  const offered: [string, boolean, () => void | Promise<void>][] = [
    ['Cancel', mayCancel(deployment), () => asking.ask({ what: 'cancel', deployment })],
    ['Pause', mayPause(view), () => pause(deployment)],
    ['Resume', mayResume(deployment), () => resume(deployment)],
    ['Retry', !isOpen(deployment) && retriable(view) > 0, again]
  ];
  return offered
    .filter(([, may]) => may)
    .map(([name, , run]) => {
      const there = () => void goto(`/deployments/${deployment.id}`).then(run);
      const entry = doing({ name, icon: ListChecks, run: there }, 'deployment', deployment.id);
      return {
        ...entry,
        beside: `${VERBS[deployment.kind].verb} ${deployment.service}`,
        words: `deployment ${deployment.service}`
      };
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
