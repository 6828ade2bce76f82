import type { Problem } from '#lib/gen/composia/v1/problem_pb.ts';
import { FileKind, type FileEntry } from '#lib/gen/composia/v1/repository_pb.ts';

/** A line of the tree: a file or a directory, so many levels down. */
export interface TreeLine {
  path: string;
  name: string;
  depth: number;
  kind: FileKind;
}

/** The lines of the tree: in each directory first the directories; below a folded one there are none. */
export function treeLines(files: readonly FileEntry[], folded: ReadonlySet<string> = new Set()): TreeLine[] {
  const below = new Map<string, TreeLine[]>();
  for (const { path, kind } of files) {
    const parts = path.split('/');
    const line = { path, name: parts.at(-1) ?? path, depth: parts.length - 1, kind };
    const parent = parts.slice(0, -1).join('/');
    const siblings = below.get(parent);
    // in place: a copy for each file of a large directory would take seconds
    if (siblings) siblings.push(line);
    else below.set(parent, [line]);
  }
  const isDirectory = (line: TreeLine) => line.kind === FileKind.DIRECTORY;
  const walk = (parent: string): TreeLine[] =>
    (below.get(parent) ?? [])
      .sort((a, b) => Number(isDirectory(b)) - Number(isDirectory(a)) || a.name.localeCompare(b.name, 'en'))
      .flatMap((line) => [line, ...(isDirectory(line) && !folded.has(line.path) ? walk(line.path) : [])]);
  return walk('');
}

/** The file that is shown when none is named: the Compose file of the top, else the first. */
export function firstFile(files: readonly FileEntry[]): string {
  const readable = files.filter((file) => file.kind !== FileKind.DIRECTORY && file.kind !== FileKind.SUBMODULE);
  const compose = readable.find((file) => /^(docker-)?compose\.ya?ml$/.test(file.path));
  return (compose ?? readable.find((file) => !file.path.includes('/')) ?? readable[0])?.path ?? '';
}

/** A path as the tree has it: what is relative to the repository is made relative to the service's directory. */
export function within(path: string, directory: string, files: readonly FileEntry[]): string {
  if (files.some((file) => file.path === path)) return path;
  const inside = directory && path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
  return files.some((file) => file.path === inside) ? inside : path;
}

/** How many problems each file has, by its path in the tree. */
export function problemsByFile(
  problems: readonly Problem[],
  directory: string,
  files: readonly FileEntry[]
): Map<string, number> {
  const found = new Map<string, number>();
  for (const problem of problems) {
    const file = within(problem.file, directory, files);
    found.set(file, (found.get(file) ?? 0) + 1);
  }
  return found;
}
