import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { ImageSchema } from '#lib/gen/composia/v1/host_object_pb.ts';
import { PruneTarget } from '#lib/gen/composia/v1/task_pb.ts';
import { removed, sizeOf } from './unused.ts';

const images = [
  create(ImageSchema, { id: 'used', tags: ['web:1'], containers: ['web-1'], sizeBytes: 1n }),
  create(ImageSchema, { id: 'named', tags: ['web:0'], sizeBytes: 2n }),
  create(ImageSchema, { id: 'dangling', sizeBytes: 4n })
];

it('removes no image that a container has', () => {
  const ids = (...targets: PruneTarget[]) => removed(images, new Set(targets)).map((image) => image.id);
  expect(ids(PruneTarget.DANGLING_IMAGES)).toEqual(['dangling']);
  expect(ids(PruneTarget.UNUSED_IMAGES)).toEqual(['named', 'dangling']);
  expect(ids(PruneTarget.BUILD_CACHE)).toEqual([]);
});

it('sums what it frees', () => expect(sizeOf(images)).toBe(7));
