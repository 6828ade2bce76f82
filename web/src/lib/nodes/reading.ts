import { NodeState, type NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import type { ContainerUsages, FilesystemUsage, HostUsage, NodeUsage } from '#lib/gen/composia/v1/usage_pb.ts';

/** What containers used is told again and again while their engine does not answer; so many seconds later it is old. */
const OLD_S = 60;

/** What a host uses, as it is shown: shares from 0 to 1, NaN where nothing is known. */
export interface HostReading {
  cpu: number;
  memory: number;
  memoryUsed: number;
  memoryBytes: number;
  disk: number;
  fullest: FilesystemUsage | undefined;
  dockerBytes: number;
  unusedBytes: number;
  load: number;
  uptimeS: number;
}

/** The last reading of a node's host, undefined before the first. */
export function hostOf(view: NodeView, usage: NodeUsage | undefined): HostUsage | undefined {
  return usage?.host ?? view.status?.host;
}

/** A reading of a node that can be reached; undefined of another one: its last readings are old, and nothing old is to look new. */
export function fresh<Reading>(view: NodeView | undefined, reading: Reading): Reading | undefined {
  return view?.state === NodeState.ONLINE ? reading : undefined;
}

/** What the containers of a node use now; undefined when that is not known, or was read too long ago. */
export function containersNow(usage: NodeUsage | undefined): ContainerUsages | undefined {
  return usage && usage.containersAgeS <= OLD_S ? usage.containers : undefined;
}

/** A reading in the numbers that are shown. */
export function read(host: HostUsage | undefined): HostReading | undefined {
  if (!host) return undefined;
  const memoryBytes = Number(host.memoryBytes);
  const memoryUsed = memoryBytes - Number(host.memoryAvailableBytes);
  const sized = host.filesystems.filter((disk) => disk.sizeBytes);
  const fullest = sized.reduce<FilesystemUsage | undefined>(
    (most, disk) => (!most || fullness(disk) > fullness(most) ? disk : most),
    undefined
  );
  const docker = host.docker;
  const dockerBytes = docker
    ? Number(docker.imagesBytes + docker.containersBytes + docker.volumesBytes + docker.buildCacheBytes)
    : NaN;
  return {
    cpu: host.cpuPercent / 100,
    memory: memoryBytes ? memoryUsed / memoryBytes : NaN,
    memoryUsed,
    memoryBytes,
    disk: fullest ? fullness(fullest) : NaN,
    fullest,
    dockerBytes,
    unusedBytes: docker ? Number(docker.unusedBytes) : NaN,
    load: host.load1m,
    uptimeS: host.uptimeS
  };
}

/** How full a filesystem is, 0 to 1. */
export function fullness(disk: FilesystemUsage): number {
  return disk.sizeBytes ? 1 - Number(disk.availableBytes) / Number(disk.sizeBytes) : 0;
}
