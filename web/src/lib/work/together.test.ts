import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DeploymentSchema, DeploymentState, type Deployment } from '#lib/gen/composia/v1/deployment_pb.ts';
import { TaskKind } from '#lib/gen/composia/v1/task_pb.ts';
import { Together } from './together.ts';

const { RUNNING, PAUSED, SUCCEEDED, FAILED, CANCELLED } = DeploymentState;

function deployment(service: string, state = RUNNING, reason = ''): Deployment {
  const endedMs = [RUNNING, PAUSED].includes(state) ? 0n : 5n;
  return create(DeploymentSchema, { id: `d-${service}`, service, state, reason, endedMs });
}

function heard(...deployments: Deployment[]): Map<string, Deployment> {
  return new Map(deployments.map((one) => [one.id, one]));
}

function begun(...services: string[]): Together {
  return new Together(
    services.map((service) => deployment(service)),
    1
  );
}

const ids = (missing: Deployment[]) => missing.map((one) => one.id);

describe('what was begun together', () => {
  it('is counted as it ends, however it does', () => {
    const together = begun('web', 'db', 'mail', 'git');
    expect(together.progress).toBe('0 of 4 done');
    together.hear(heard(deployment('web', SUCCEEDED), deployment('db', FAILED), deployment('mail', PAUSED)), 1);
    expect(together.progress).toBe('2 of 4 done, 1 failed, 1 paused');
    expect(together.isOver).toBe(false);
  });

  it('stays ended when the page has forgotten how', () => {
    const together = begun('web');
    together.hear(heard(deployment('web', SUCCEEDED)), 1);
    expect(together.hear(heard(), 2)).toEqual([]);
    expect(together.isOver).toBe(true);
  });

  it('is not asked for before the stream can have told of it', () => {
    expect(begun('web').hear(heard(), 1)).toEqual([]);
  });

  it('is asked for once when a snapshot does not tell of it, and again at the next one', () => {
    const together = begun('web', 'db');
    expect(ids(together.hear(heard(deployment('db')), 2))).toEqual(['d-web']);
    expect(together.hear(heard(deployment('db')), 2)).toEqual([]);
    expect(ids(together.hear(heard(deployment('db')), 3))).toEqual(['d-web']);
    together.learn([deployment('web', SUCCEEDED), deployment('other', FAILED)]);
    expect(together.progress).toBe('1 of 2 done');
  });

  it('is asked for once when it was there and is no more', () => {
    const together = begun('web');
    together.hear(heard(deployment('web')), 1);
    const missing = together.hear(heard(), 1);
    expect(ids(missing)).toEqual(['d-web']);
    expect(ids(together.hear(heard(), 1))).toEqual([]);
    expect(ids(together.hear(heard(), 2))).toEqual(['d-web']);
  });

  it('that has ended is not undone by an older answer', () => {
    const together = begun('web');
    together.hear(heard(deployment('web', SUCCEEDED)), 1);
    together.learn([deployment('web')]);
    expect(together.isOver).toBe(true);
  });
});

describe('its end', () => {
  function ending(left: string[], ...ended: Deployment[]) {
    const together = new Together(ended, 1);
    return together.ending(TaskKind.RESTART, left);
  }

  it('is one line when all went well', () => {
    expect(ending([], deployment('web', SUCCEEDED), deployment('db', SUCCEEDED))).toEqual({
      tone: 'ok',
      text: '2 services restarted',
      lines: [],
      href: '/deployments'
    });
  });

  it('says what failed and why, and leads there', () => {
    const failed = deployment('web', FAILED, 'anvil: it exited with 78');
    expect(ending([], failed, deployment('db', SUCCEEDED))).toEqual({
      tone: 'bad',
      text: '1 of 2 services restarted',
      lines: ['web failed: anvil: it exited with 78'],
      href: '/deployments/d-web'
    });
  });

  it('leads to all of them when several did not end well', () => {
    const { tone, lines, href } = ending([], deployment('web', CANCELLED), deployment('db', CANCELLED));
    expect([tone, lines, href]).toEqual(['warn', ['web cancelled', 'db cancelled'], '/deployments']);
  });

  it('says what was not begun too', () => {
    const { tone, lines } = ending(['git: it is disabled'], deployment('web', SUCCEEDED));
    expect([tone, lines]).toEqual(['warn', ['git: it is disabled']]);
  });
});
