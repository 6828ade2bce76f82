import type { ChunkingContext, CodeSplittingGroup } from 'rolldown';

/** What is open when the list of services is seen first. */
const OPEN = [
  'node_modules/@sveltejs/kit/src/runtime/client/entry.js',
  'src/routes/+layout.svelte',
  'src/routes/(app)/+layout.svelte',
  'src/routes/(app)/services/+page.svelte'
];

let needed: ReadonlySet<string> | undefined;

/** All modules that these import, and what those import; not what they load later. */
function modulesOf(open: readonly string[], context: ChunkingContext): ReadonlySet<string> {
  const found = new Set(open.map((file) => decodeURI(new URL(file, import.meta.url).pathname)));
  for (const id of found) {
    const module = context.getModuleInfo(id);
    if (!module) throw new Error(`${id} is no module of the page`);
    for (const imported of module.importedIds) found.add(imported);
  }
  return found;
}

/**
 * The first list comes in one file with nothing else in it: a large one is packed better than many small ones, and what only
 * other views need is not waited for. What many of those share is in another.
 */
export const groups: CodeSplittingGroup[] = [
  {
    name: (id, context) => ((needed ??= modulesOf(OPEN, context)).has(id) ? 'first-list' : null),
    debugName: 'first-list'
  },
  { name: 'shared', minShareCount: 5 }
];
