import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';

/** The words of each kind: what is asked for, what was begun, and what is done then. */
export const VERBS: Record<TaskKind, { verb: string; begun: string; done: string }> = {
  [TaskKind.UNSPECIFIED]: { verb: 'Do', begun: 'Doing', done: 'done' },
  [TaskKind.DEPLOY]: { verb: 'Deploy', begun: 'Deploying', done: 'deployed' },
  [TaskKind.STOP]: { verb: 'Stop', begun: 'Stopping', done: 'stopped' },
  [TaskKind.START]: { verb: 'Start', begun: 'Starting', done: 'started' },
  [TaskKind.RESTART]: { verb: 'Restart', begun: 'Restarting', done: 'restarted' },
  [TaskKind.DOWN]: { verb: 'Take down', begun: 'Taking down', done: 'taken down' },
  [TaskKind.PRUNE]: { verb: 'Prune', begun: 'Pruning', done: 'pruned' }
};
