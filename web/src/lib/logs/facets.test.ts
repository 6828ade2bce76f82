import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { ServiceStatusSchema } from '#lib/gen/composia/v1/status_pb.ts';
import { choicesOf, chosenOf, named, placesOf, summary } from './facets.ts';

const service = (name: string, nodes: string[], containers: string[]) =>
  create(ServiceStatusSchema, {
    name,
    instances: nodes.map((node) => ({ node, containers: containers.map((one) => ({ service: one })) }))
  });
const PLACES = placesOf([service('web', ['n1', 'n2'], ['app', 'db']), service('mail', ['n2'], ['smtp'])]);
const NONE = { services: [], nodes: [], containers: [] };

it('counts containers, by what the other choices leave', () => {
  expect(choicesOf(PLACES, NONE, 'services')).toEqual([
    { name: 'mail', count: 1 },
    { name: 'web', count: 4 }
  ]);
  expect(choicesOf(PLACES, { ...NONE, nodes: ['n1'] }, 'services')).toEqual([
    { name: 'mail', count: 0 },
    { name: 'web', count: 2 }
  ]);
  expect(choicesOf(PLACES, { ...NONE, services: ['mail'] }, 'containers')).toEqual([{ name: 'smtp', count: 1 }]);
  expect(choicesOf(PLACES, { ...NONE, nodes: ['n1'] }, 'nodes').map((one) => one.count)).toEqual([2, 3]);
});

it('offers what is chosen and not there', () => {
  expect(choicesOf(PLACES, { ...NONE, nodes: ['gone'] }, 'nodes')).toContainEqual({ name: 'gone', count: 0 });
});

it('knows which are chosen', () => {
  expect(chosenOf(PLACES, { services: ['web'], nodes: ['n2'], containers: ['db', 'smtp'] })).toEqual([
    { service: 'web', node: 'n2', container: 'db' }
  ]);
  expect([summary([]), summary(['a']), summary(['a', 'b'])]).toEqual(['all', 'a', '2']);
});

it('finds names in any case', () => {
  const choices = ['NAS', 'canvas', 'web'].map((name) => ({ name, count: 1 }));
  expect(named(choices, ' NAS ').map((choice) => choice.name)).toEqual(['NAS']);
  expect(named(choices, 'nas').map((choice) => choice.name)).toEqual(['NAS']);
  expect(named(choices, '')).toEqual(choices);
});
