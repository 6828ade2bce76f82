import { TaskState, type Task } from '#lib/gen/composia/v1/task_pb.ts';

/** Tasks that have not ended. */
export interface Open {
  /** The first that began first. */
  readonly running: readonly Task[];
  /** In the order in which they are let go. */
  readonly waiting: readonly Task[];
}

/** Of these tasks those that have not ended. */
export function openOf(tasks: readonly Task[]): Open {
  return {
    running: tasks
      .filter((task) => task.state === TaskState.ASSIGNED || task.state === TaskState.RUNNING)
      .sort((a, b) => Number(a.startedMs - b.startedMs)),
    waiting: tasks
      .filter((task) => task.state === TaskState.PENDING)
      .sort((a, b) => b.priority - a.priority || Number(a.sequence - b.sequence))
  };
}
