import { TaskState, type Task } from '#lib/gen/composia/v1/task_pb.ts';
import { cancelTask } from './actions.svelte.ts';

/** What is asked about a task before it is done; `TaskDialogs` shows it. */
class AskedOfTask {
  what = $state<'cancel' | 'resolve'>();
  task = $state.raw<Task>();

  /** End a task: at once when it only waits. */
  cancel(task: Task): void {
    if (task.state === TaskState.PENDING) void cancelTask(task);
    else [this.what, this.task] = ['cancel', task];
  }

  /** Say how a lost task has ended. */
  resolve(task: Task): void {
    [this.what, this.task] = ['resolve', task];
  }

  close(): void {
    this.what = this.task = undefined;
  }
}

export const asked = new AskedOfTask();
