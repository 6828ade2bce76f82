import { describe, expect, it } from 'vitest';
import { ContainerHealth, ContainerState } from '#lib/gen/composia/v1/container_pb.ts';
import { InstanceState } from '#lib/gen/composia/v1/status_pb.ts';
import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { lag, rowOf } from './row.ts';
import { rowLike, serviceLike } from './testing.ts';

describe('the line of a service', () => {
  it('is the same as long as the service is, and another one while something is done to it', () => {
    const service = serviceLike('web');
    expect(rowOf(service)).toBe(rowOf(service));
    expect(rowOf(service, TaskKind.DEPLOY)).toMatchObject({ state: 'deploying', shown: { word: 'deploying' } });
    expect(rowOf(service, TaskKind.STOP).shown.word).toBe('stopping');
    expect(rowOf({ ...service })).not.toBe(rowOf(service));
  });

  it('counts what is up, without what has done its work', () => {
    const containers = [
      { name: 'a', state: ContainerState.RUNNING },
      { name: 'b', state: ContainerState.RUNNING, health: ContainerHealth.UNHEALTHY },
      { name: 'migrate', state: ContainerState.EXITED, exitCode: 0n }
    ];
    expect(rowLike('web', { containers })).toMatchObject({ up: 1, of: 2 });
    expect(rowLike('web', { containers, state: InstanceState.STOPPED })).toMatchObject({ up: 1, of: 3 });
    expect(rowLike('web', { containers, missing: 1 }, { node: 'n2', missing: 2 })).toMatchObject({ up: 2, of: 6 });
  });

  it('says how far it is behind by the instance that is the furthest', () => {
    const behind = rowLike(
      'web',
      { behind: 1, changed: true },
      { node: 'n2', behind: 3, revision: 'b', changed: true }
    );
    expect([lag(behind), behind.revision]).toEqual(['3 commits behind', 'b']);
    expect(lag(rowLike('web', { behind: 1, changed: true }))).toBe('1 commit behind');
    expect(lag(rowLike('web', { changed: true }))).toBe('changed');
    expect(lag(rowLike('web', { changed: true, revision: '' }))).toBe('not deployed');
    expect(lag(rowLike('web', { behind: 0 }))).toBe('');
  });

  it('is not behind for what is only left on a node', () => {
    const left = { node: 'n2', revision: 'old', behind: 3, changed: true, orphaned: true };
    const row = rowLike('web', { behind: 0 }, left);
    expect([lag(row), row.changed, row.revision]).toEqual(['', false, rowLike('web', {}).revision]);
    expect(lag(rowLike('web', { revision: '', changed: true }, left))).toBe('not deployed');
    const gone = rowLike('web', left);
    expect([lag(gone), gone.changed, gone.revision]).toEqual(['', false, 'old']);
  });

  it('is found by its ports and by what is remarked of it', () => {
    const ports = [
      { number: 8080, protocol: 'tcp' },
      { number: 53, protocol: 'udp' }
    ];
    const containers = [{ name: 'a', state: ContainerState.RUNNING, ports }];
    const { text } = rowLike('Web', { containers, edited: ['App.conf'], stopped: true });
    for (const found of ['8080', '53/udp', 'app.conf', 'stopped by a person']) expect(text).toContain(found);
  });

  it('says what was edited, is left over or was stopped, and where', () => {
    const row = rowLike('web', { edited: ['app.conf'] }, { node: 'n2', orphaned: true, stopped: true });
    expect(row.remarks.map((remark) => remark.text)).toEqual([
      'edited on the host: n1: app.conf',
      'no longer wanted on n2',
      'stopped by a person on n2'
    ]);
  });
});
