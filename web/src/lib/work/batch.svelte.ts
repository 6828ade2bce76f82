import { untrack } from 'svelte';
import type { Deployment } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { count } from '#lib/format/quantity.ts';
import { clock as timeOfDay } from '#lib/format/time.ts';
import { fleet } from '#lib/live/fleet.svelte.ts';
import { watch } from '#lib/live/watch.svelte.ts';
import { server } from '#lib/rpc/client.ts';
import { notices } from '#lib/ui/notices.svelte.ts';
import { Together } from './together.ts';
import { VERBS } from './verbs.ts';

/** What could not be asked for is asked for again after so long. */
const AGAIN_MS = 10_000;

/**
 * Say in one message what was begun with several services, how far it is, and how it has ended; it stays until it is closed.
 * `left` is what was not begun, and why; `snapshots` counts those of the stream until the first of it was begun.
 */
export function follow(kind: TaskKind, begun: readonly Deployment[], left: readonly string[], snapshots: number): void {
  const together = new Together(begun, snapshots);
  const message = notices.say('busy', `${VERBS[kind].begun} ${count(begun.length, 'service')}`, {
    lines: left,
    href: '/deployments?open=yes',
    progress: together.progress
  });
  let over = false;

  const stop = $effect.root(() => {
    $effect(() => {
      const missing = together.hear(fleet.deployments, fleet.snapshots);
      // that it is not live is said too
      void [watch.link, watch.since];
      untrack(() => {
        if (missing.length) void ask(missing);
        tell();
      });
    });
  });

  function tell(): void {
    if (over) return;
    if (together.isOver) notices.change(message, { ...together.ending(kind, left), progress: '' });
    else notices.change(message, { progress: together.progress + notLive() });
    over = together.isOver || !notices.has(message);
    if (over) queueMicrotask(stop);
  }

  async function ask(missing: readonly Deployment[]): Promise<void> {
    try {
      together.learn(await lookUp(missing));
    } catch {
      setTimeout(() => !over && notices.has(message) && void ask(missing), AGAIN_MS);
    }
    tell();
  }
}

function notLive(): string {
  return watch.since && watch.link !== 'live' ? `; not live since ${timeOfDay(watch.since)}` : '';
}

/** What has become of deployments: they are looked for in the list of all, from the newest to the oldest of them. */
async function lookUp(missing: readonly Deployment[]): Promise<Deployment[]> {
  const oldest = Math.min(...missing.map((one) => Number(one.sequence)));
  const found: Deployment[] = [];
  let after = '';
  do {
    const page = await server.listDeployments({ after });
    found.push(...page.items.flatMap((view) => view.deployment ?? []));
    after = page.next;
  } while (after && Number(found.at(-1)?.sequence) > oldest);
  return found;
}
