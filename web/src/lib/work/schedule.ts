import { RunOutcome } from '#lib/gen/composia/v1/server_pb.ts';
import type { Tone } from '#lib/live/state.ts';
import { server } from '#lib/rpc/client.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { attempt } from './attempt.ts';

/** How what became of a schedule's turn is shown. */
export const OUTCOMES: Record<RunOutcome, { word: string; tone: Tone }> = {
  [RunOutcome.UNSPECIFIED]: { word: 'unknown', tone: 'unknown' },
  [RunOutcome.STARTED]: { word: 'started', tone: 'ok' },
  [RunOutcome.SKIPPED]: { word: 'skipped', tone: 'off' },
  [RunOutcome.FAILED]: { word: 'failed', tone: 'bad' }
};

/** Do what a schedule does, now; a message says what became of it. */
export async function runSchedule(name: string): Promise<void> {
  await attempt(`run ${name}`, async () => {
    const after = await server.runSchedule({ name });
    const { word, tone } = OUTCOMES[after.last ?? RunOutcome.UNSPECIFIED];
    notices.say(tone, `${name}: ${word}`, { lines: after.reason ? [after.reason] : [] });
  });
}
