import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { ServiceStatusSchema } from '#lib/gen/composia/v1/status_pb.ts';
import { furthestBehind, inOrder, lagOf } from './glance.ts';

const service = create(ServiceStatusSchema, {
  instances: [
    { node: 'n10', revision: 'r2', behind: 1, changed: true },
    { service: 'web', node: 'n2', revision: 'r1', behind: 3, changed: true },
    { node: 'n1', revision: 'r0', orphaned: true, behind: 9 },
    { node: 'n3' }
  ]
});

it('is as far behind as the instance that is the furthest', () => {
  expect(furthestBehind({ ...service, instances: service.instances.filter((one) => !one.orphaned) })).toEqual({
    revision: 'r1',
    lag: '3 commits behind',
    href: '/services/web/files?against=r1'
  });
  expect(furthestBehind(create(ServiceStatusSchema)).revision).toBe('');
});

it('says that files differ where the commits cannot be counted', () => {
  const [one] = create(ServiceStatusSchema, { instances: [{ revision: 'r1', changed: true }] }).instances;
  expect(one && lagOf(one)).toBe('changed in Git');
  const failed = create(ServiceStatusSchema, { instances: [{ revision: 'r1', changed: true, behind: 0 }] })
    .instances[0];
  expect(failed && lagOf(failed)).toBe('last deploy failed');
  expect(service.instances[3] && lagOf(service.instances[3])).toBe('');
});

it('lists nodes by their numbers, and what is left over last', () => {
  expect(inOrder(service.instances).map((one) => one.node)).toEqual(['n2', 'n3', 'n10', 'n1']);
});
