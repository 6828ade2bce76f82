import { ContainerHealth, ContainerState, type Container } from '#lib/gen/composia/v1/container_pb.ts';
import type { NodeUsage } from '#lib/gen/composia/v1/usage_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { uptime } from '#lib/format/time.ts';
import type { Shown } from '#lib/live/state.ts';
import { containersNow } from '#lib/nodes/reading.ts';

const healths: Record<ContainerHealth, Shown> = {
  [ContainerHealth.UNSPECIFIED]: { word: 'running', tone: 'ok' },
  [ContainerHealth.NONE]: { word: 'running', tone: 'ok' },
  [ContainerHealth.STARTING]: { word: 'starting', tone: 'busy' },
  [ContainerHealth.HEALTHY]: { word: 'healthy', tone: 'ok' },
  [ContainerHealth.UNHEALTHY]: { word: 'unhealthy', tone: 'bad' }
};
const states: Record<ContainerState, Shown> = {
  [ContainerState.UNSPECIFIED]: { word: 'unknown', tone: 'unknown' },
  [ContainerState.CREATED]: { word: 'created', tone: 'off' },
  [ContainerState.RUNNING]: { word: 'running', tone: 'ok' },
  [ContainerState.PAUSED]: { word: 'paused', tone: 'warn' },
  [ContainerState.RESTARTING]: { word: 'restarting', tone: 'bad' },
  [ContainerState.REMOVING]: { word: 'removing', tone: 'off' },
  [ContainerState.EXITED]: { word: 'exited', tone: 'off' },
  [ContainerState.DEAD]: { word: 'dead', tone: 'bad' }
};

/** How a container is shown: what its healthcheck says while it runs, else Docker's word. */
export function shownContainer(container: Container): Shown {
  if (container.state === ContainerState.RUNNING) return healths[container.health];
  const state = states[container.state];
  return container.state === ContainerState.EXITED && container.exitCode !== 0n ? { ...state, tone: 'bad' } : state;
}

/** What went wrong with a container, each in a line; nothing while it is as it should be. */
export function failures(container: Container): string[] {
  const lines: string[] = [];
  if (container.error) lines.push(`could not start: ${container.error}`);
  const ended = container.state === ContainerState.EXITED || container.state === ContainerState.DEAD;
  if (container.oomKilled) lines.push('ended by the kernel for want of memory');
  else if ((ended || container.state === ContainerState.RESTARTING) && container.exitCode !== 0n) {
    lines.push(`ended with exit code ${container.exitCode}`);
  }
  if (container.recentRestarts > 1) {
    lines.push(`started again ${count(container.recentRestarts, 'time')} within ${uptime(Number(container.recentMs))}`);
  }
  if (container.check) lines.push(`healthcheck: ${container.check.trim()}`);
  return lines;
}

/** What a container uses, as last read. */
export interface ContainerUse {
  cpu: number;
  memory: number;
  /** 0 without one. */
  limit: number;
}

/** The last reading of a container by its name; undefined while nothing is known of it, or only what is old. */
export function useOf(usage: NodeUsage | undefined, name: string): ContainerUse | undefined {
  const columns = containersNow(usage);
  const at = columns?.names.indexOf(name) ?? -1;
  if (!columns || at < 0) return undefined;
  return {
    cpu: columns.cpuPercent[at] ?? NaN,
    memory: Number(columns.memoryBytes[at] ?? NaN),
    limit: Number(columns.memoryLimitBytes[at] ?? 0)
  };
}
