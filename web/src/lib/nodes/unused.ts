import type { Image, Volume } from '#lib/gen/composia/v1/host_object_pb.ts';
import { PruneTarget } from '#lib/gen/composia/v1/task_pb.ts';

/** What a prune can remove, in words. */
export const TARGETS = [
  {
    target: PruneTarget.DANGLING_IMAGES,
    name: 'Images without a name',
    says: 'left over by newer ones of the same tag'
  },
  {
    target: PruneTarget.UNUSED_IMAGES,
    name: 'All unused images',
    says: 'no container has them; they are pulled again when needed'
  },
  { target: PruneTarget.BUILD_CACHE, name: 'Build cache', says: 'later builds take longer' }
] as const;

/** The images that a prune of these targets removes: those that no container has, and, of unused ones, with names too. */
export function removed(images: readonly Image[], targets: ReadonlySet<PruneTarget>): Image[] {
  const all = targets.has(PruneTarget.UNUSED_IMAGES);
  const dangling = all || targets.has(PruneTarget.DANGLING_IMAGES);
  return images.filter((image) => !image.containers.length && (image.tags.length ? all : dangling));
}

/** How many bytes these have; of volumes those that the engine can tell. */
export function sizeOf(objects: readonly (Image | Volume)[]): number {
  return objects.reduce((sum, one) => sum + Math.max(0, Number(one.sizeBytes)), 0);
}
