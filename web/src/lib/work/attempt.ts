import { faultOf, type Fault } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** What is under way, by its name. */
const underWay = new Set<string>();

/**
 * Do something, once however often it is pressed meanwhile: what has the same `name` is the same; what goes wrong is said, as
 * `told` has it.
 */
export async function attempt(
  name: string,
  what: () => Promise<unknown>,
  told: (thrown: unknown) => Fault = faultOf
): Promise<void> {
  if (underWay.has(name)) return;
  underWay.add(name);
  try {
    await what();
  } catch (thrown) {
    notices.fault(told(thrown));
  } finally {
    underWay.delete(name);
  }
}
