import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { Severity } from '#lib/gen/composia/v1/problem_pb.ts';
import { Wanted } from '#lib/gen/composia/v1/service_pb.ts';
import { InstanceState, ServiceStatusSchema, type ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { serviceReason, serviceState } from './state.ts';

function service(...instances: [InstanceState, string?][]): ServiceStatus {
  return create(ServiceStatusSchema, {
    name: 'web',
    wanted: Wanted.RUNNING,
    instances: instances.map(([state, reason = ''], at) => ({ service: 'web', node: `n${at + 1}`, state, reason }))
  });
}

describe('a service', () => {
  it('is in the worst state of its instances', () => {
    expect(serviceState(service([InstanceState.RUNNING], [InstanceState.FAILED]))).toBe('failed');
    expect(serviceState(service([InstanceState.RUNNING], [InstanceState.STOPPED]))).toBe('running');
  });

  it('is deploying unless something is wrong', () => {
    expect(serviceState(service([InstanceState.RUNNING]), true)).toBe('deploying');
    expect(serviceState(service([InstanceState.DEGRADED]), true)).toBe('degraded');
  });

  it('without instances says why there are none', () => {
    expect(serviceState(service())).toBe('nowhere');
    expect(serviceState({ ...service(), wanted: Wanted.DISABLED })).toBe('disabled');
    const broken = create(ServiceStatusSchema, { problems: [{ severity: Severity.ERROR, message: 'no such key' }] });
    expect(serviceState(broken)).toBe('invalid');
    expect(serviceReason(broken)).toBe('no such key');
  });

  it('has the reason of its worst instance, with the node when there are several', () => {
    expect(serviceReason(service([InstanceState.FAILED, 'db: exit 1']))).toBe('db: exit 1');
    const two = service([InstanceState.DEGRADED, 'slow'], [InstanceState.FAILED, 'db: exit 1']);
    expect(serviceReason(two)).toBe('n2: db: exit 1');
  });
});
