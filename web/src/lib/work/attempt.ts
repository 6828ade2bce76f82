import { faultOf } from '#lib/rpc/fault.ts';
import { notices } from '#lib/ui/notices.svelte.ts';

/** Do something; what goes wrong is said. */
export async function attempt<Answer>(what: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await what();
  } catch (thrown) {
    notices.fault(faultOf(thrown));
    return undefined;
  }
}
