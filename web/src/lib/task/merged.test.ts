import { expect, it } from 'vitest';
import { merged } from './merged.ts';

const item = (sequence: number, state = 'ended') => ({ id: `t${sequence}`, sequence: BigInt(sequence), state });
const heard = (...items: ReturnType<typeof item>[]) => new Map(items.map((one) => [one.id, one]));
const ids = (items: { id: string }[]) => items.map((one) => one.id).join(' ');
const all = () => true;

it('what was heard is among what was asked for, newest first', () => {
  expect(ids(merged([item(8), item(6)], heard(item(9), item(7)), false, all))).toBe('t9 t8 t7 t6');
});

it('what is older than the page waits for its own, unless there is none', () => {
  expect(ids(merged([item(8), item(6)], heard(item(3)), false, all))).toBe('t8 t6');
  expect(ids(merged([item(8), item(6)], heard(item(3)), true, all))).toBe('t8 t6 t3');
});

it('each is in its newest state, and leaves when it does not fit any more', () => {
  const fits = (one: { state: string }) => one.state === 'ended';
  expect(ids(merged([item(8), item(7)], heard(item(8, 'resolved'), item(9, 'open')), false, fits))).toBe('t7');
});
