import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import { causesOf, partsOf } from '#lib/task/words.ts';

/** Why a deployment did not do what it was to, in a line: what failed first and where, else why it is where it is. */
export function whyOf(view: DeploymentView): string {
  const [cause] = causesOf(view.tasks);
  return cause ? `${cause.tasks[0]?.node}: ${partsOf(cause.error).cause}` : (view.deployment?.reason ?? '');
}
