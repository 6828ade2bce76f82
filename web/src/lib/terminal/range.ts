/** Lines from one to another, both included, from 1 on as people count. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The lines that an address names: `#L120` or `#L120-L140`. */
export function rangeOf(hash: string): Range | undefined {
  const [, first, second] = /^#L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(hash) ?? [];
  if (!first) return undefined;
  const [one, other] = [Math.max(1, Number(first)), Math.max(1, Number(second ?? first))];
  return { from: Math.min(one, other), to: Math.max(one, other) };
}

/** How an address names lines. */
export function hashOf(range: Range | undefined): string {
  if (!range) return '';
  return range.from === range.to ? `#L${range.from}` : `#L${range.from}-L${range.to}`;
}

/** The range with this line at its other end. */
export function stretched(range: Range | undefined, line: number): Range {
  if (!range) return { from: line, to: line };
  return line < range.from ? { from: line, to: range.to } : { from: range.from, to: line };
}
