import type { DeployRequest, OperateRequest } from '#lib/gen/composia/v1/server_pb.ts';
import type { Started } from '#lib/gen/composia/v1/deployment_pb.ts';
import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DeployRequestSchema, OperateRequestSchema } from '#lib/gen/composia/v1/server_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { server } from '#lib/rpc/client.ts';
import { faultOf } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** What can be done to services beside a deploy. */
export type Operation = TaskKind.STOP | TaskKind.START | TaskKind.RESTART | TaskKind.DOWN;

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

/** So many lines of a message are read. */
const LINES = 6;
/** So many requests are under way at a time. */
const AT_ONCE = 8;

type Asked<Request extends object> = Omit<Request, 'requestId' | '$typeName' | '$unknown'>;

/** Deploy services; one message says what was begun and what was left alone. */
export async function deploy(
  request: Asked<MessageInitShape<typeof DeployRequestSchema> & Partial<DeployRequest>>
): Promise<Started | undefined> {
  return begin(TaskKind.DEPLOY, [() => server.deploy({ ...request, requestId: crypto.randomUUID() })]);
}

/** Stop, start, restart or take down each of these services; one message for all of them. */
export async function operate(
  kind: Operation,
  services: readonly string[],
  more: Pick<MessageInitShape<typeof OperateRequestSchema> & Partial<OperateRequest>, 'nodes' | 'removeVolumes'> = {}
): Promise<void> {
  await begin(
    kind,
    services.map((service) => () => server.operate({ ...more, kind, service, requestId: crypto.randomUUID() }))
  );
}

async function begin(kind: TaskKind, requests: (() => Promise<Started>)[]): Promise<Started | undefined> {
  const answers = await settled(requests);
  const done = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const faults = answers.flatMap((answer) => (answer.status === 'rejected' ? [faultOf(answer.reason)] : []));
  const deployments = done.flatMap((started) => started.deployments);
  const lines = few([
    ...faults.map((fault) => [fault.where, fault.message].filter(Boolean).join(': ')),
    ...done.flatMap((started) => started.skipped).map((skipped) => `${skipped.service}: ${skipped.reason}`)
  ]);
  if (faults.length && !deployments.length) notices.say('bad', `${VERBS[kind].verb}: nothing was begun`, { lines });
  else if (!deployments.length) notices.say('off', 'There was nothing to do', { lines });
  else {
    const [only] = deployments;
    const one = deployments.length === 1 ? only?.deployment : undefined;
    const what = one ? one.service || 'the node' : count(deployments.length, 'service');
    notices.say(lines.length ? 'warn' : 'ok', `${VERBS[kind].begun} ${what}`, {
      lines,
      href: one ? `/deployments/${one.id}` : '/tasks'
    });
  }
  return done[0];
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

/** Each line once, and of many the first ones. */
function few(lines: readonly string[]): string[] {
  const distinct = [...new Set(lines)];
  const rest = distinct.length - LINES;
  return rest > 1 ? [...distinct.slice(0, LINES), `and ${rest} more`] : distinct;
}
