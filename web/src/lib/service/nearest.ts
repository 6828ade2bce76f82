/** The name that is most like `wanted`, for who has mistyped it; empty when none is like it. */
export function nearest(wanted: string, names: Iterable<string>): string {
  let best = '';
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const steps = name.startsWith(wanted) && wanted.length > 2 ? 1 : distance(wanted, name);
    if (steps < least) [best, least] = [name, steps];
  }
  return best;
}

/** How many letters are to be put in, left out, changed or swapped with the next to make one of the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let steps = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}
