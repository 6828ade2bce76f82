import { untrack } from 'svelte';

/** A key, or two in a row (`g s`), and what it does. */
export interface Key {
  keys: string;
  does: string;
  /** Absent where the browser itself does it, or the part that has the focus. */
  run?: () => void;
}

/** The second of two keys has to come so soon. */
const SECOND_MS = 1200;

/** Where this browser keeps that single keys are off. */
const KEPT = 'keys.single';

/** The group of the keys that the frame has. */
export const EVERYWHERE = 'Everywhere';

/** All keys that do something now, by the view that has them. */
class Keys {
  /** Whether a character alone does something: who speaks to the computer, or hits keys unwillingly, can have it otherwise. */
  single = $state(localStorage.getItem(KEPT) !== 'off');
  groups = $state.raw<readonly { name: string; keys: readonly Key[] }[]>([]);
  #first = '';
  #firstAt = 0;

  /** Have keys until the returned function is called: `$effect(() => keys.have('This list', […]))`. */
  have(name: string, keys: readonly Key[]): () => void {
    const group = { name, keys };
    // untracked: the effect that has these keys does not depend on the keys of others
    untrack(() => (this.groups = [...this.groups, group]));
    return () => (this.groups = this.groups.filter((one) => one !== group));
  }

  /** Have single keys, or have them not, in this browser. */
  setSingle(on: boolean): void {
    this.single = on;
    localStorage.setItem(KEPT, on ? 'on' : 'off');
  }

  /** Take a key press, unless somebody is typing or chooses in something that is open. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || isElsewhere(event)) return;
    if (!this.single && event.key.length === 1 && event.key !== '?') return;
    const now = Date.now();
    const both = now - this.#firstAt < SECOND_MS ? `${this.#first} ${event.key}` : '';
    const found = this.#find(both) ?? this.#find(event.key);
    this.#first = event.key;
    this.#firstAt = found ? 0 : now;
    if (!found) return;
    event.preventDefault();
    found.run?.();
  }

  /** Do what a key does. */
  run(name: string): void {
    this.#find(name)?.run?.();
  }

  /** Of several, what a view says goes before what holds everywhere. */
  #find(keys: string): Key | undefined {
    const groups = [...this.groups].sort((a, b) => Number(a.name !== EVERYWHERE) - Number(b.name !== EVERYWHERE));
    return groups.flatMap((group) => group.keys).findLast((key) => key.run && key.keys === keys);
  }
}

function isElsewhere(event: KeyboardEvent): boolean {
  // at the window the event's target is the host of the shadow root that files are shown in, and not their search field
  const [pressed] = event.composedPath();
  const target = pressed instanceof HTMLElement ? pressed : undefined;
  const typing = target?.closest('input:not([type="checkbox"]), textarea, select, [role="menu"]');
  return Boolean(typing) || document.querySelector('dialog[open], [data-popover-content]') !== null;
}

export const keys = new Keys();
