import { expect, it } from 'vitest';
import { faultInPage, inPage } from './words.ts';

it('speaks of buttons where the server speaks of options', () => {
  expect(inPage('no logs of web are kept yet; --live asks the containers')).toBe('no logs of web are kept yet');
  const fault = {
    code: 'not_possible',
    message: '300 are too many',
    where: '',
    hint: 'name services, --node or --container',
    id: ''
  };
  expect(faultInPage(fault).hint).toBe('choose services, nodes or containers');
  expect(inPage('no look-around; without --regex it is a plain text')).toBe(
    'no look-around; switched off, it is a plain text'
  );
  expect(inPage('composia status')).toBe('once there is one, its lines are here');
  expect(inPage('as it is')).toBe('as it is');
});
