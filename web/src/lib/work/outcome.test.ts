import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, it } from 'vitest';
import { StartedSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { few, faultOfWork, outcomeOf } from './outcome.ts';

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

it('does not say of a lost answer that nothing was begun', () => {
  const lost = (again: boolean) => faultOfWork(new TypeError('no network'), again).hint;
  expect(lost(true)).toBe('it is not known whether it was begun; pressed again, it is not begun twice');
  expect(lost(false)).toBe('it is not known whether it was begun; see Tasks when the server is back');
  expect(faultOfWork(new ConnectError('no such node', Code.NotFound), true).hint).toBe('');
});
