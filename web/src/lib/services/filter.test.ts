import { describe, expect, it } from 'vitest';
import { InstanceState } from '#lib/gen/composia/v1/status_pb.ts';
import { counted, matching, narrowed } from './filter.ts';
import { rowLike } from './testing.ts';

const web = rowLike('Web', { state: InstanceState.FAILED, reason: 'main: exit 137', changed: true });
const db = rowLike('db', { node: 'n2', revision: 'c0de5'.repeat(8) });
const labels = new Map([
  ['n1', 'zone=a'],
  ['n2', 'zone=b']
]);

function found(text: string): string[] {
  return [web, db].filter(matching(text, labels) ?? (() => true)).map((row) => row.name);
}

describe('the text filter', () => {
  it.each([
    ['', ['Web', 'db']],
    ['WEB', ['Web']],
    ['n2', ['db']],
    ['db:1', ['db']],
    ['exit 137', ['Web']],
    ['zone=b', ['db']],
    ['failed web', ['Web']],
    ['failed db', []],
    ['C0DE5c0d', ['db']],
    ['db c0de', ['db']],
    ['c0d', []],
    ['0de5', []]
  ])('%j lets %j through', (text, names) => expect(found(text)).toEqual(names));
});

it('counts each state that occurs, also when none of it was found', () => {
  expect(counted([web, db], [db])).toEqual([
    { state: 'failed', count: 0 },
    { state: 'running', count: 1 }
  ]);
});

it('narrows to states and to what has changed', () => {
  expect([...narrowed([web, db], { states: ['running'], changed: false })]).toEqual(['db']);
  expect([...narrowed([web, db], { states: [], changed: true })]).toEqual(['Web']);
  expect([...narrowed([web, db], { states: ['running'], changed: true })]).toEqual([]);
});
