import type { Task } from '#lib/gen/composia/v1/task_pb.ts';
import { NOTHING_CHOSEN, writeView } from '#lib/logs/view.ts';

/** What a container says when it is ended comes a little after its task has. */
const AFTER_MS = 60_000;

/**
 * The address of what containers of tasks of one service printed on their nodes, from when these were begun to a minute after
 * their end; empty where there are none.
 */
export function logsHref(tasks: readonly Task[]): string {
  const service = tasks[0]?.service;
  if (!service) return '';
  const from = Math.min(...tasks.map((task) => Number(task.startedMs || task.createdMs)));
  const to = Math.max(...tasks.map((task) => Number(task.endedMs)));
  const nodes = [...new Set(tasks.map((task) => task.node))];
  const range = { last: 0, from, to: to && to + AFTER_MS };
  return `/services/${encodeURIComponent(service)}/logs${writeView({ ...NOTHING_CHOSEN, nodes, range })}`;
}
