import { LineKind, type FileChange, type Hunk } from '#lib/gen/composia/v1/repository_pb.ts';

/** A line of a difference with its numbers on both sides; 0 where a side does not have it. */
export interface DiffLine {
  kind: LineKind;
  old: number;
  new: number;
  text: string;
}

/** Number the lines of a hunk. */
export function numbered(hunk: Hunk): DiffLine[] {
  let old = hunk.oldLine;
  let now = hunk.newLine;
  return hunk.lines.map((text, at) => {
    const kind = hunk.kinds[at] ?? LineKind.KEPT;
    return {
      kind,
      old: kind === LineKind.ADDED ? 0 : old++,
      new: kind === LineKind.REMOVED ? 0 : now++,
      text
    };
  });
}

/** How many lines a file shows when it is unfolded. */
export function shownLines(file: FileChange): number {
  return file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
}

/** The paths of the files that are unfolded at first: one after the other until so many lines are seen, the first always. */
export function unfolded(files: readonly FileChange[], most = 400): Set<string> {
  const paths = new Set<string>();
  let lines = 0;
  for (const file of files) {
    lines += shownLines(file);
    if (lines > most && paths.size) break;
    paths.add(file.path);
  }
  return paths;
}

/** How many lines came in and went out over all files. */
export function total(files: readonly FileChange[]): { added: number; removed: number } {
  return {
    added: files.reduce((sum, file) => sum + file.added, 0),
    removed: files.reduce((sum, file) => sum + file.removed, 0)
  };
}
