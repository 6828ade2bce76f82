import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { StartedSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { few, outcomeOf } from './outcome.ts';

it('says of all requests together what was begun, refused and left alone', () => {
  const { begun, faults, skipped } = outcomeOf([
    {
      status: 'fulfilled',
      value: create(StartedSchema, {
        deployments: [{ deployment: { id: 'd1' } }],
        skipped: [{ service: 'db', reason: 'it is disabled' }]
      })
    },
    { status: 'rejected', reason: new TypeError('no network') }
  ]);
  expect(begun.map((view) => view.deployment?.id)).toEqual(['d1']);
  expect(faults.map((fault) => fault.code)).toEqual(['unreachable']);
  expect(skipped).toEqual(['db: it is disabled']);
});

it('says each line once, and of many how many more there are', () => {
  expect(few(['a', 'b', 'a'])).toEqual(['a', 'b']);
  expect(few('a b c d e f g'.split(' '))).toHaveLength(7);
  expect(few('a b c d e f g h'.split(' ')).slice(-2)).toEqual(['f', 'and 2 more']);
});
