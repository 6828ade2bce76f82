import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { shownService, type ServiceState, type Shown } from '#lib/live/state.ts';
import { VERBS } from './verbs.ts';

/** How a service is shown: while work for it is open, by what is done. */
export function shownWith(state: ServiceState, doing = TaskKind.UNSPECIFIED): Shown {
  const shown = shownService(state);
  return state === 'deploying' && doing ? { ...shown, word: VERBS[doing].begun.toLowerCase() } : shown;
}
