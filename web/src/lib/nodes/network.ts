import type { HostUsage } from '#lib/gen/composia/v1/usage_pb.ts';

/** What goes over a network, in bytes a second. */
export interface NetworkRate {
  received: number;
  sent: number;
}

/** A reading of a host, and what it says of its network beside the one before it. */
export interface NetworkReading {
  host: HostUsage;
  /** Undefined when nothing was read before, or the host was started since. */
  rate: NetworkRate | undefined;
}

/** A reading that came after another one. When that was only told again, by a stream that began anew, it is the same. */
export function readingAfter(before: NetworkReading | undefined, host: HostUsage): NetworkReading {
  if (before?.host.uptimeS === host.uptimeS) return before;
  return { host, rate: before && rateBetween(before.host, host) };
}

/** By the host's own clock: nobody here knows how old a reading was when it came. */
function rateBetween(before: HostUsage, now: HostUsage): NetworkRate | undefined {
  const seconds = now.uptimeS - before.uptimeS;
  const received = Number(now.receivedBytes - before.receivedBytes);
  const sent = Number(now.sentBytes - before.sentBytes);
  if (seconds < 0 || received < 0 || sent < 0) return undefined; // it was started anew
  return { received: received / seconds, sent: sent / seconds };
}
