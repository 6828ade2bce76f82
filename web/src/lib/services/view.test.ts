import { describe, expect, it } from 'vitest';
import { COLUMNS, readView, writeView } from './view.ts';

const all = COLUMNS.map((column) => column.id);

function read(address: string, chosen: readonly string[] = all) {
  return readView(chosen, new URLSearchParams(address));
}

describe('the address of the list', () => {
  it.each([
    '',
    '?q=web+eu',
    '?state=failed,degraded',
    '?changed=',
    '?sort=-cpu',
    '?sort=-name',
    '?group=label:zone',
    '?columns=state,cpu',
    '?q=a&state=failed&changed=&sort=memory&group=node&columns=state'
  ])('%s shows the same again', (address) => expect(writeView(read(address))).toBe(address));

  it('leaves out what it does not know', () => {
    expect(read('?state=failed,odd&sort=odd&group=odd&columns=cpu,odd')).toMatchObject({
      states: ['failed'],
      sort: 'name',
      group: '',
      columns: ['cpu']
    });
  });

  it('says which columns also when they are all, once some were chosen', () => {
    const narrow = ['cpu', 'state'];
    expect(writeView(read('', narrow), true)).toBe('?columns=state,cpu');
    expect(writeView(read(''), true)).toBe('?columns=all');
    expect(writeView(read(''), false)).toBe('');
    expect(read('?columns=all', narrow).columns).toEqual(all);
    expect(read('?columns=', narrow).columns).toEqual([]);
  });

  it('takes the columns that were chosen before when it does not say which', () => {
    expect(read('', ['cpu', 'state']).columns).toEqual(['state', 'cpu']);
    expect(read('?columns=ports', ['cpu', 'state']).columns).toEqual(['ports']);
  });
});
