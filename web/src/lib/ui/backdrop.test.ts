import { expect, it, vi } from 'vitest';
import { closedByBackdrop } from './backdrop.ts';

class Told extends Event {
  constructor(
    type: string,
    readonly of: object
  ) {
    super(type);
    Object.defineProperty(this, 'target', { value: of });
  }
}

it('closes by a click that begins and ends beside the dialog, and by no drag from inside', () => {
  const close = vi.fn();
  const dialog = Object.assign(new EventTarget(), { close }) as unknown as HTMLDialogElement;
  const inside = {};
  const off = closedByBackdrop(dialog);
  const clicked = (pressed: object, released: object) => {
    dialog.dispatchEvent(new Told('pointerdown', pressed));
    dialog.dispatchEvent(new Told('click', released));
    return close.mock.calls.length;
  };
  expect(clicked(inside, dialog)).toBe(0);
  expect(clicked(inside, inside)).toBe(0);
  expect(clicked(dialog, dialog)).toBe(1);
  off();
  expect(clicked(dialog, dialog)).toBe(1);
});
