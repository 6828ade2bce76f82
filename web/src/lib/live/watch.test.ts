import { create } from '@bufbuild/protobuf';
import { expect, it, vi } from 'vitest';
import { WatchEventSchema } from '#lib/gen/composia/v1/server_pb.ts';

/** What each stream says before it breaks, or goes on. */
const streams: (() => AsyncGenerator)[] = [];
const frames: (() => void)[] = [];
vi.hoisted(() => {
  vi.stubGlobal('document', { hidden: false, addEventListener: () => undefined });
  vi.stubGlobal('addEventListener', () => undefined);
});
vi.stubGlobal('requestAnimationFrame', (draw: () => void) => frames.push(draw));
vi.mock('#lib/rpc/client.ts', () => ({ server: { watch: () => streams.shift()?.() } }));
vi.mock('#lib/shell/updated.svelte.ts', () => ({ updated: { check: () => undefined } }));
vi.mock('./info.ts', () => ({ askInfo: () => Promise.resolve({ version: '' }) }));
const { fleet } = await import('./fleet.svelte.ts');
const { watch } = await import('./watch.svelte.ts');

const snapshot = create(WatchEventSchema, { snapshot: true, cursor: 'c1' });

it('is not live again by what came just before the stream broke', async () => {
  streams.push(
    async function* () {
      yield await Promise.resolve(snapshot);
      throw new TypeError('broken');
    },
    async function* () {
      yield await Promise.resolve(snapshot);
      await new Promise(() => undefined);
    }
  );
  watch.start();
  await vi.waitUntil(() => watch.link === 'lost');
  frames.shift()?.();
  expect([watch.link, fleet.snapshots]).toEqual(['lost', 0]);
  watch.retry();
  await vi.waitUntil(() => frames.length);
  frames.shift()?.();
  expect([watch.link, fleet.snapshots]).toEqual(['live', 1]);
});
