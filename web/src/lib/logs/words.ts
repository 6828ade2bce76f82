import type { Fault } from '#lib/rpc/fault.ts';

/** What the server says of logs, in the words of the page where it speaks of the command line. */
export function inPage(text: string): string {
  return text
    .replace(/; --live asks the containers$/, '')
    .replace('name services, --node or --container', 'choose services, nodes or containers')
    .replace(/^composia status$/, 'once there is one, its lines are here')
    .replace('without --regex it is a plain text', 'switched off, it is a plain text');
}

/** A fault in the words of the page. */
export function faultInPage(fault: Fault): Fault {
  return { ...fault, hint: inPage(fault.hint) };
}
