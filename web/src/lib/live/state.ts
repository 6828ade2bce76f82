import { DeploymentState } from '#lib/gen/composia/v1/deployment_pb.ts';
import { NodeState, type NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import { Wanted } from '#lib/gen/composia/v1/service_pb.ts';
import { InstanceState, type ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { StepState } from '#lib/gen/composia/v1/step_pb.ts';
import { TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { Severity } from '#lib/gen/composia/v1/problem_pb.ts';

/** How something is to be seen: each tone has a shape and a colour of its own, and never stands without a word. */
export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'off' | 'unknown';

/** A state as it is shown. */
export interface Shown {
  word: string;
  tone: Tone;
}

/** States of a service over its nodes, the worst first: the service is in the worst of its instances'. */
export const SERVICE_STATES = [
  'failed',
  'missing',
  'degraded',
  'unknown',
  'deploying',
  'starting',
  'running',
  'stopped',
  'invalid',
  'nowhere',
  'disabled'
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

const serviceTones: Record<ServiceState, Tone> = {
  failed: 'bad',
  missing: 'bad',
  degraded: 'warn',
  unknown: 'unknown',
  deploying: 'busy',
  starting: 'busy',
  running: 'ok',
  stopped: 'off',
  invalid: 'bad',
  nowhere: 'off',
  disabled: 'off'
};

const instances: Record<InstanceState, ServiceState> = {
  [InstanceState.UNSPECIFIED]: 'unknown',
  [InstanceState.RUNNING]: 'running',
  [InstanceState.STARTING]: 'starting',
  [InstanceState.DEGRADED]: 'degraded',
  [InstanceState.STOPPED]: 'stopped',
  [InstanceState.FAILED]: 'failed',
  [InstanceState.MISSING]: 'missing',
  [InstanceState.UNKNOWN]: 'unknown'
};

/** How a state of a service is shown. */
export function shownService(state: ServiceState): Shown {
  return { word: state, tone: serviceTones[state] };
}

/** How the state of an instance is shown. */
export function shownInstance(state: InstanceState): Shown {
  return shownService(instances[state]);
}

/** The state of a service: `deploying` while work for it is open and nothing is wrong, else the worst of its instances'. */
export function serviceState(service: ServiceStatus, deploying = false): ServiceState {
  const states = new Set(service.instances.map((instance) => instances[instance.state]));
  if (deploying) states.add('deploying');
  const worst = SERVICE_STATES.find((state) => states.has(state));
  if (worst) return worst;
  if (service.problems.some((problem) => problem.severity === Severity.ERROR)) return 'invalid';
  return service.wanted === Wanted.DISABLED ? 'disabled' : 'nowhere';
}

/** Why a service is in its state, in a line: the reason of the worst instance that has one. */
export function serviceReason(service: ServiceStatus): string {
  const ranked = service.instances
    .filter((instance) => instance.reason)
    .sort((a, b) => rank(instances[a.state]) - rank(instances[b.state]));
  const [worst] = ranked;
  if (worst) return service.instances.length > 1 ? `${worst.node}: ${worst.reason}` : worst.reason;
  return service.problems.find((problem) => problem.severity === Severity.ERROR)?.message ?? '';
}

function rank(state: ServiceState): number {
  return SERVICE_STATES.indexOf(state);
}

const nodeStates: Record<NodeState, Shown> = {
  [NodeState.UNSPECIFIED]: { word: 'unknown', tone: 'unknown' },
  [NodeState.ONLINE]: { word: 'online', tone: 'ok' },
  [NodeState.DISCONNECTED]: { word: 'disconnected', tone: 'warn' },
  [NodeState.OFFLINE]: { word: 'offline', tone: 'bad' }
};

/** How a node is shown: whether it can be reached, and whether a problem, a drain or a pause keeps work from it. */
export function shownNode(view: NodeView): Shown {
  const reached = nodeStates[view.state];
  if (view.state !== NodeState.ONLINE) return reached;
  if (view.status?.problem) return { word: 'problem', tone: 'bad' };
  if (view.drain) return { word: 'drained', tone: 'off' };
  return view.pause ? { word: 'paused', tone: 'off' } : reached;
}

const tasks: Record<TaskState, Shown> = {
  [TaskState.UNSPECIFIED]: { word: 'unknown', tone: 'unknown' },
  [TaskState.PENDING]: { word: 'waiting', tone: 'off' },
  [TaskState.ASSIGNED]: { word: 'assigned', tone: 'busy' },
  [TaskState.RUNNING]: { word: 'running', tone: 'busy' },
  [TaskState.SUCCEEDED]: { word: 'succeeded', tone: 'ok' },
  [TaskState.FAILED]: { word: 'failed', tone: 'bad' },
  [TaskState.CANCELLED]: { word: 'cancelled', tone: 'off' },
  [TaskState.LOST]: { word: 'lost', tone: 'warn' },
  [TaskState.SUPERSEDED]: { word: 'superseded', tone: 'off' }
};

/** How the state of a task is shown. */
export function shownTask(state: TaskState): Shown {
  return tasks[state];
}

const deployments: Record<DeploymentState, Shown> = {
  [DeploymentState.UNSPECIFIED]: { word: 'unknown', tone: 'unknown' },
  [DeploymentState.PENDING]: { word: 'waiting', tone: 'off' },
  [DeploymentState.RUNNING]: { word: 'running', tone: 'busy' },
  [DeploymentState.PAUSED]: { word: 'paused', tone: 'warn' },
  [DeploymentState.SUCCEEDED]: { word: 'succeeded', tone: 'ok' },
  [DeploymentState.FAILED]: { word: 'failed', tone: 'bad' },
  [DeploymentState.CANCELLED]: { word: 'cancelled', tone: 'off' },
  [DeploymentState.ROLLED_BACK]: { word: 'rolled back', tone: 'warn' },
  [DeploymentState.SUPERSEDED]: { word: 'superseded', tone: 'off' }
};

/** How the state of a deployment is shown. */
export function shownDeployment(state: DeploymentState): Shown {
  return deployments[state];
}

const steps: Record<StepState, Shown> = {
  [StepState.UNSPECIFIED]: { word: 'unknown', tone: 'unknown' },
  [StepState.RUNNING]: { word: 'running', tone: 'busy' },
  [StepState.SUCCEEDED]: { word: 'succeeded', tone: 'ok' },
  [StepState.FAILED]: { word: 'failed', tone: 'bad' },
  [StepState.SKIPPED]: { word: 'skipped', tone: 'off' }
};

/** How the state of a step is shown. */
export function shownStep(state: StepState): Shown {
  return steps[state];
}
