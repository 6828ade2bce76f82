import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { InstanceState, ServiceStatusSchema } from '#lib/gen/composia/v1/status_pb.ts';
import { runsOf } from './runs.ts';

const service = (name: string, id: string, startedMs = 1n, state = InstanceState.RUNNING, restarts = 0n) =>
  create(ServiceStatusSchema, { name, instances: [{ state, containers: [{ id, startedMs, restarts }] }] });
const web = service('web', 'a');

it('is another word once a container is another, has been started again, or is seen again', () => {
  const words = [web, service('web', 'b'), service('web', 'a', 2n), service('web', 'a', 1n, InstanceState.UNKNOWN)];
  expect(new Set(words.map((one) => runsOf([one], []))).size).toBe(4);
});

it('is the same word while nothing is to be asked again', () => {
  const word = runsOf([web, service('db', 'c')], []);
  expect(runsOf([service('db', 'c'), service('web', 'a', 1n, InstanceState.DEGRADED)], [])).toBe(word);
  expect(runsOf([web, service('db', 'c')], ['web'])).toBe(runsOf([web, service('db', 'd')], ['web']));
});
