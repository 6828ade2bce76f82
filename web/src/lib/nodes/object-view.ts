import { queryOf } from '#lib/format/query.ts';

/** What is seen of a node's images, volumes or networks, as the address says it. */
export interface ObjectView {
  readonly text: string;
  /** Only those that are unused. */
  readonly unused: boolean;
}

/** What an address asks for. */
export function readObjects(words: URLSearchParams): ObjectView {
  return { text: words.get('q') ?? '', unused: words.has('unused') };
}

/** The query of the address that shows the same again. */
export function writeObjects({ text, unused }: ObjectView): string {
  const words = new URLSearchParams();
  if (text) words.set('q', text);
  if (unused) words.set('unused', '');
  return queryOf(words);
}
