import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import { causesOf, partsOf } from '#lib/task/words.ts';

/**
 * Why a deployment did not do what it was to, in a line: what failed first, where, and the last that it said; else why the
 * deployment is where it is.
 */
export function whyOf(view: DeploymentView): string {
  const [first] = causesOf(view.tasks);
  if (!first) return view.deployment?.reason ?? '';
  const { cause, lines } = partsOf(first.error);
  const said = lines.trimEnd().split('\n').at(-1);
  return `${first.tasks[0]?.node}: ${cause}${said ? `: ${said}` : ''}`;
}
