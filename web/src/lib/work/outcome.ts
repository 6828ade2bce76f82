import type { DeploymentView, Started } from '#lib/gen/composia/v1/deployment_pb.ts';
import { faultOf, type Fault } from '#lib/rpc/fault.ts';

/** So many lines of a message are read. */
const LINES = 6;

/** What became of requests that change: what was begun, what was refused, and what was left alone and why. */
export interface Outcome {
  begun: DeploymentView[];
  faults: Fault[];
  skipped: string[];
}

/** What the answers to the requests say together. */
export function outcomeOf(answers: readonly PromiseSettledResult<Started>[]): Outcome {
  const done = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  return {
    begun: done.flatMap((started) => started.deployments),
    faults: answers.flatMap((answer) => (answer.status === 'rejected' ? [faultOfWork(answer.reason, true)] : [])),
    skipped: done.flatMap((started) => started.skipped).map((one) => `${one.service}: ${one.reason}`)
  };
}

/**
 * The fault of a request that begins work. Where no answer came it may have been begun; `again` says that the same is sent by
 * the same id when it is pressed once more.
 */
export function faultOfWork(thrown: unknown, again: boolean): Fault {
  const fault = faultOf(thrown);
  if (!isLost(fault)) return fault;
  const next = again ? 'pressed again, it is not begun twice' : 'see Tasks when the server is back';
  return { ...fault, hint: `it is not known whether it was begun; ${next}` };
}

/** Whether no answer came, so that it is not known what became of a request. */
export function isLost(fault: Fault): boolean {
  return fault.code === 'unreachable';
}

/** Each line once, and of many the first ones. */
export function few(lines: readonly string[]): string[] {
  const distinct = [...new Set(lines)];
  const rest = distinct.length - LINES;
  return rest > 1 ? [...distinct.slice(0, LINES), `and ${rest} more`] : distinct;
}
