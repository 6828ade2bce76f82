import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { DeploymentViewSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { whyOf } from './why.ts';

it('the cause of a failure is said before anything else, with what was said last', () => {
  const failed = create(DeploymentViewSchema, {
    deployment: { reason: '1 of 2 nodes failed' },
    tasks: [
      { node: 'a' },
      { node: 'b', state: TaskState.FAILED, error: { message: 'db: exit 1; its last lines:\n  starting\n  no disk\n' } }
    ]
  });
  expect(whyOf(failed)).toBe('b: db: exit 1: no disk');
});

it('without a failure it is why it is where it is', () => {
  expect(whyOf(create(DeploymentViewSchema, { deployment: { reason: 'a person' } }))).toBe('a person');
});
