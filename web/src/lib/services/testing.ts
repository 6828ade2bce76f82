import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { ContainerState } from '#lib/gen/composia/v1/container_pb.ts';
import { Wanted } from '#lib/gen/composia/v1/service_pb.ts';
import {
  InstanceState,
  ServiceStatusSchema,
  type InstanceStatus,
  type InstanceStatusSchema
} from '#lib/gen/composia/v1/status_pb.ts';
import { rowOf, type Row } from './row.ts';

type Instance = Exclude<MessageInitShape<typeof InstanceStatusSchema>, InstanceStatus>;

/** A service as tests need it: running on one node in one container, unless they say otherwise. */
export function serviceLike(name: string, ...instances: Instance[]) {
  return create(ServiceStatusSchema, {
    name,
    wanted: Wanted.RUNNING,
    instances: (instances.length ? instances : [{}]).map((one) => ({
      service: name,
      node: 'n1',
      state: InstanceState.RUNNING,
      revision: 'a'.repeat(40),
      containers: [{ name: `${name}-main-1`, image: `${name}:1`, state: ContainerState.RUNNING }],
      ...one
    }))
  });
}

/** Its line. */
export function rowLike(name: string, ...instances: Instance[]): Row {
  return rowOf(serviceLike(name, ...instances));
}
