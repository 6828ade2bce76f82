import { expect, it } from 'vitest';
import { faultIn } from './fault.ts';

it('tells what an answer says is wrong, or at least its number', async () => {
  const said = JSON.stringify({ code: 'internal', message: 'the disk is full', id: 'x1' });
  expect(await faultIn(new Response(said, { status: 500 }))).toMatchObject({ message: 'the disk is full', id: 'x1' });
  expect((await faultIn(new Response('<html>', { status: 502 }))).message).toBe('the server answered with 502');
});
