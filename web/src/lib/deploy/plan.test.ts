import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DeploymentViewSchema } from '#lib/gen/composia/v1/deployment_pb.ts';
import { Severity } from '#lib/gen/composia/v1/problem_pb.ts';
import { ComparisonSchema } from '#lib/gen/composia/v1/server_pb.ts';
import { NodeFit, ServiceViewSchema, Wanted } from '#lib/gen/composia/v1/service_pb.ts';
import { ServiceStatusSchema } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskKind, TaskState } from '#lib/gen/composia/v1/task_pb.ts';
import { asked, difference, outlook, places, released, running } from './plan.ts';

const view = create(ServiceViewSchema, {
  name: 'web',
  placed: ['a', 'b'],
  nodes: [
    { node: 'a', fit: NodeFit.CHOSEN },
    { node: 'b', fit: NodeFit.CHOSEN },
    { node: 'c', fit: NodeFit.IMPOSSIBLE, reasons: ['no label'] }
  ]
});
const status = create(ServiceStatusSchema, {
  name: 'web',
  wanted: Wanted.RUNNING,
  instances: [
    { node: 'a', revision: 'r1', changed: true, behind: 2 },
    { node: 'b', revision: 'r2' },
    { node: 'c', revision: 'r0', orphaned: true }
  ]
});

describe('a deploy of one service', () => {
  it('goes to the nodes that it is placed on, and tells of those where it is left', () => {
    expect(places(view, status).map((place) => [place.node, place.chosen])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false]
    ]);
  });

  it('of an older revision goes where the head goes, and to the nodes that were named', () => {
    expect(places(view, status, []).map((place) => [place.node, place.chosen])).toContainEqual(['c', false]);
    expect(places(view, status, ['a', 'c']).every((place) => place.chosen)).toBe(true);
  });

  it('of an older revision goes to the instances that there are, where the head cannot be read', () => {
    const problem = { severity: Severity.ERROR, message: 'no such key' };
    const broken = create(ServiceViewSchema, { name: 'web', problems: [problem] });
    const chosen = (named?: string[]) =>
      places(broken, status, named).flatMap((place) => (place.chosen ? [place.node] : []));
    expect(chosen()).toEqual([]);
    expect(chosen([])).toEqual(['a', 'b', 'c']);
    expect(chosen(['d'])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('asks for the nodes that are shown, and at the head for all unless some are left out', () => {
    const all = places(view, status);
    expect(asked(all, new Set(), false)).toEqual([]);
    expect(asked(all, new Set(['c']), false)).toEqual([]);
    expect(asked(all, new Set(['a']), false)).toEqual(['b']);
    expect(asked(all, new Set(), true)).toEqual(['a', 'b']);
    expect(asked(all, new Set(['b']), true)).toEqual(['a']);
  });

  it('compares with each revision that runs where it goes, and with nothing where it goes nowhere', () => {
    expect(running([])).toEqual([]);
    const all = places(view, status);
    expect(running(all.filter((place) => place.chosen))).toEqual(['r1', 'r2']);
    expect(running(places(view, undefined))).toEqual(['']);
  });

  it('says what it changes on each node', () => {
    const [a, b, c] = places(view, status);
    const two = create(ComparisonSchema, { files: [{ path: 'x' }], commits: [{}, {}] });
    const more = create(ComparisonSchema, { files: [{ path: 'x' }], commits: [{}, {}], moreCommits: true });
    expect(a && difference(a, two).word).toBe('2 commits');
    expect(a && difference(a, more).word).toBe('changed');
    expect(b && difference(b, create(ComparisonSchema)).word).toBe('unchanged');
    expect(c && difference(c, two).word).toBe('left alone');
    expect(difference({ node: 'd', verdict: undefined, instance: undefined, chosen: true }, two).word).toBe('new here');
  });

  it('knows when a node got its revision', () => {
    const deployment = { kind: TaskKind.DEPLOY, revision: 'r1', createdBy: 'ann', id: 'd7' };
    const task = { node: 'a', state: TaskState.SUCCEEDED, endedMs: 70n };
    const history = [
      create(DeploymentViewSchema, {
        deployment: { ...deployment, id: 'd8' },
        tasks: [{ ...task, state: TaskState.FAILED }]
      }),
      create(DeploymentViewSchema, { deployment, tasks: [task] })
    ];
    expect(released(history, 'a', 'r1')).toEqual({ at: 70, by: 'ann', deployment: 'd7' });
    expect(released(history, 'b', 'r1')).toBeUndefined();
    expect(released(history, 'a', 'r2')).toBeUndefined();
  });
});

describe('a deploy of many', () => {
  const word = (more: object) => outlook({ ...status, ...more }).word;

  it('says how far each is behind, without what is only left on nodes', () => {
    expect(word({})).toBe('2 commits behind');
    expect(outlook({ ...status, instances: status.instances.slice(2) }).word).toBe('on no node yet');
  });

  it('leaves alone what cannot be deployed', () => {
    const problem = { severity: Severity.ERROR, message: 'no such key' };
    expect(outlook(create(ServiceStatusSchema, { problems: [problem] }))).toMatchObject({
      word: 'invalid',
      can: false
    });
    expect(word({ wanted: Wanted.DISABLED })).toBe('disabled');
    expect(word({ wanted: Wanted.REMOVED })).toBe('not in the repository');
    expect(outlook(undefined).can).toBe(false);
  });

  it('tells what is unchanged and what is stopped from what is due', () => {
    const same = create(ServiceStatusSchema, { wanted: Wanted.RUNNING, instances: [{ node: 'a', revision: 'r1' }] });
    expect(outlook(same)).toMatchObject({ word: 'unchanged', can: true, due: false });
    const stopped = create(ServiceStatusSchema, { instances: [{ node: 'a', revision: 'r1', stopped: true }] });
    expect(outlook(stopped).word).toBe('stopped');
  });
});
