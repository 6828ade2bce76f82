import { TaskKind, type Task } from '#lib/gen/composia/v1/task_pb.ts';
import { VERBS } from '#lib/work/verbs.ts';

/** What is done, in words: `Deploy web`; where there is no service, to which node: `Prune n1`. */
export function titleOf(kind: TaskKind, service: string, node: string): string {
  return `${VERBS[kind].verb} ${service || node}`.trim();
}

/** What a task does, in words. */
export function titleOfTask(task: Task): string {
  return titleOf(task.order?.kind ?? TaskKind.UNSPECIFIED, task.service, task.node);
}
