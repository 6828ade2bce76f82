import type { MenuItem } from '#lib/ui/menu.svelte.ts';
import type { Shown } from '#lib/live/state.ts';

/** Something that the palette offers: a place to go to, or a thing to do. */
export interface Entry {
  /** The same for the same thing at any time. */
  id: string;
  kind: 'Go to' | 'Service' | 'Node' | 'Do' | 'Deployment' | 'Task' | 'Commit';
  name: string;
  /** What there is to know beside the name. */
  beside: string;
  /** What else it is found by, in small letters. */
  words: string;
  icon?: NonNullable<MenuItem['icon']>;
  shown?: Shown;
  href?: string;
  run?: () => void;
  /** Why it is not possible now. */
  not?: string;
}
