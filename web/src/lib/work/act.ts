import type { DeployRequest, OperateRequest } from '#lib/gen/composia/v1/server_pb.ts';
import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DeployRequestSchema, OperateRequestSchema } from '#lib/gen/composia/v1/server_pb.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { follow } from './batch.svelte.ts';
import { few, isLost, outcomeOf, type Outcome } from './outcome.ts';
import type { RequestIds } from './request-ids.ts';
import { VERBS } from './verbs.ts';

/** What can be done to services beside a deploy. */
export type Operation = TaskKind.STOP | TaskKind.START | TaskKind.RESTART | TaskKind.DOWN;

/** So many requests are under way at a time. */
const AT_ONCE = 8;

type Asked<Request extends object> = Omit<Request, 'requestId' | '$typeName' | '$unknown'>;

/**
 * Deploy services; a message says what was begun and what was left alone. That nothing was begun, or that no answer came, is for
 * the caller to say, as long as it is `there` then. `ids` are those of what the caller asks for.
 */
export async function deploy(
  request: Asked<MessageInitShape<typeof DeployRequestSchema> & Partial<DeployRequest>>,
  ids: RequestIds,
  there: () => boolean
): Promise<Outcome> {
  const { snapshots } = fleet;
  const [answer] = await Promise.allSettled([server.deploy(ids.of(request))]);
  const outcome = outcomeOf([answer]);
  if (outcome.begun.length || !there()) say(TaskKind.DEPLOY, outcome, snapshots);
  return outcome;
}

/**
 * Stop, start, restart or take down each of these services; one message for all of them. That no answer came is for the caller
 * to say, as long as it is `there`.
 */
export async function operate(
  kind: Operation,
  services: readonly string[],
  more: Pick<MessageInitShape<typeof OperateRequestSchema> & Partial<OperateRequest>, 'nodes' | 'removeVolumes'>,
  ids: RequestIds,
  there: () => boolean
): Promise<Outcome> {
  const { snapshots } = fleet;
  const requests = services.map((service) => () => server.operate(ids.of({ ...more, kind, service })));
  const outcome = outcomeOf(await settled(requests));
  if (outcome.begun.length || !outcome.faults.some(isLost) || !there()) say(kind, outcome, snapshots);
  return outcome;
}

/** `snapshots` counts those of the stream until it was begun: what is done sooner than all is begun may be in none of them. */
function say(kind: TaskKind, { begun, faults, skipped }: Outcome, snapshots: number): void {
  const lines = few([...faults.map((fault) => [fault.where, fault.message].filter(Boolean).join(': ')), ...skipped]);
  const deployments = begun.flatMap((view) => view.deployment ?? []);
  const [first] = deployments;
  if (deployments.length > 1) follow(kind, deployments, lines, snapshots);
  else if (first) {
    const more = { lines, href: `/deployments/${first.id}` };
    notices.say(lines.length ? 'warn' : 'ok', `${VERBS[kind].begun} ${first.service}`, more);
  } else if (faults.some(isLost)) {
    notices.say('bad', `${VERBS[kind].verb}: it is not known whether it was begun`, { lines, href: '/tasks' });
  } else if (faults.length) notices.say('bad', `${VERBS[kind].verb}: nothing was begun`, { lines });
  else notices.say('off', 'There was nothing to do', { lines });
}

/** What becomes of many requests, some at a time, as the server has other callers too. */
async function settled<Answer>(requests: readonly (() => Promise<Answer>)[]): Promise<PromiseSettledResult<Answer>[]> {
  const answers: PromiseSettledResult<Answer>[] = [];
  for (let from = 0; from < requests.length; from += AT_ONCE) {
    const some = requests.slice(from, from + AT_ONCE);
    answers.push(...(await Promise.allSettled(some.map((request) => request()))));
  }
  return answers;
}
