import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';

/** The words of each kind: what is asked for, and what was begun. */
export const VERBS: Record<TaskKind, { verb: string; begun: string }> = {
  [TaskKind.UNSPECIFIED]: { verb: 'Do', begun: 'Doing' },
  [TaskKind.DEPLOY]: { verb: 'Deploy', begun: 'Deploying' },
  [TaskKind.STOP]: { verb: 'Stop', begun: 'Stopping' },
  [TaskKind.START]: { verb: 'Start', begun: 'Starting' },
  [TaskKind.RESTART]: { verb: 'Restart', begun: 'Restarting' },
  [TaskKind.DOWN]: { verb: 'Take down', begun: 'Taking down' },
  [TaskKind.PRUNE]: { verb: 'Prune', begun: 'Pruning' }
};
