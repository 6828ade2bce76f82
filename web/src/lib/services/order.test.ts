import { describe, expect, it } from 'vitest';
import { InstanceState } from '#lib/gen/composia/v1/status_pb.ts';
import { grouped, sorted } from './order.ts';
import { rowLike } from './testing.ts';
import type { SortKey } from './view.ts';

const failed = rowLike('web-10', { state: InstanceState.FAILED, node: 'n2' });
const behind = rowLike('web-2', { behind: 2, changed: true }, { node: 'n2' });
const plain = rowLike('db');
const nowhere = { ...rowLike('ghost'), nodes: [] };
const rows = [failed, behind, plain];

function names(key: SortKey, reverse = false, cpu: Record<string, number> = {}): string[] {
  const usage = (name: string) => (name in cpu ? { cpu: cpu[name] ?? 0, memory: 0 } : undefined);
  return sorted(rows, key, reverse, usage).map((row) => row.name);
}

describe('the list', () => {
  it('is sorted by name as people count', () => {
    expect(names('name')).toEqual(['db', 'web-2', 'web-10']);
    expect(names('name', true)).toEqual(['web-10', 'web-2', 'db']);
  });

  it('has the worst state first', () => expect(names('state')).toEqual(['web-10', 'db', 'web-2']));

  it('has what is the furthest behind first', () => expect(names('revision')[0]).toBe('web-2'));

  it('has what uses the most first, and what nothing is known of last', () => {
    expect(names('cpu', false, { db: 1, 'web-2': 5 })).toEqual(['web-2', 'db', 'web-10']);
    expect(names('cpu', true, { db: 1, 'web-2': 5 })).toEqual(['web-10', 'db', 'web-2']);
  });
});

describe('headings', () => {
  const labels = new Map([
    ['n1', new Map([['zone', 'b']])],
    ['n2', new Map([['zone', 'a']])]
  ]);
  const under = (by: string) =>
    grouped([...rows, nowhere], by, labels).map((group) => [group.title, ...group.rows.map((row) => row.name)]);

  it('are of nodes, a service below each of its own', () => {
    expect(under('node')).toEqual([
      ['n1', 'web-2', 'db'],
      ['n2', 'web-10', 'web-2'],
      ['on no node', 'ghost']
    ]);
  });

  it('have keys of their own in each grouping, and none is that of the whole list', () => {
    const keys = ['', 'node', 'label:zone', 'label:odd'].flatMap((by) =>
      grouped([...rows, nowhere], by, labels).map((group) => group.key)
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are of states, the worst first', () => {
    expect(under('state')).toEqual([
      ['failed', 'web-10'],
      ['running', 'web-2', 'db', 'ghost']
    ]);
  });

  it('are of the values of a label', () => {
    expect(under('label:zone').map(([title]) => title)).toEqual(['zone: a', 'zone: b', 'without zone']);
    expect(under('label:odd').map(([title]) => title)).toEqual(['without odd']);
  });
});
