import type { Fault } from '#lib/rpc/fault.ts';

const PASSING = [
  'unreachable',
  'unavailable',
  'timed_out',
  'too_often',
  'internal',
  'cancelled',
  'canceled',
  'aborted'
];

/** Whether it may be over in a while. */
export function passes(fault: Fault): boolean {
  return PASSING.includes(fault.code);
}

/** Whether it may be over once there are other containers. */
export function isOfContainers(fault: Fault | undefined): boolean {
  return fault !== undefined && ['not_possible', 'not_found'].includes(fault.code);
}
