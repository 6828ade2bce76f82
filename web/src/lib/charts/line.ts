import type { Series } from '#lib/gen/composia/v1/usage_pb.ts';

/** A line of a chart. */
export interface Line {
  name: string;
  /** NaN where nothing is known. */
  values: readonly number[];
}

/** A moment in a chart that stands for something. */
export interface ChartMark {
  /** Seconds UTC. */
  at: number;
  href: string;
  /** What it stands for, such as "Deploy d17 by ada, failed". */
  text: string;
  bad: boolean;
}

/** Who is so near to a mark, in pixels to either side, means it; with a finger too. */
const NEAR = 16;

/** Series of one metric as lines over common times. They come with one step, but need not begin together. */
export function aligned(series: readonly Series[], name: (one: Series) => string): { times: number[]; lines: Line[] } {
  const [first] = series;
  if (!first) return { times: [], lines: [] };
  const step = first.stepS;
  const begin = Math.min(...series.map((one) => Number(one.startMs) / 1000));
  const length = Math.max(...series.map((one) => place(one, begin, step) + one.values.length));
  const times = Array.from({ length }, (_, at) => begin + at * step);
  const lines = series.map((one) => {
    const values = new Array<number>(length).fill(NaN);
    one.values.forEach((value, at) => (values[place(one, begin, step) + at] = value));
    return { name: name(one), values };
  });
  return { times, lines };
}

/** Series of containers as lines. Compose calls containers alike on each node, so on several each is named with its own. */
export function ofContainers(series: readonly Series[]): { times: number[]; lines: Line[] } {
  const several = series.some(({ node }) => node !== series[0]?.node);
  return aligned(series, ({ container, node }) => (several ? `${container} on ${node}` : container));
}

/** The last moment of which anything is known; -1 where nothing is. */
export function newestOf(lines: readonly Line[]): number {
  return Math.max(-1, ...lines.map((line) => line.values.findLastIndex((value) => !Number.isNaN(value))));
}

/** So many moments may pass between two readings of a container that goes on. */
const PAUSE = 3;

/**
 * What there is room for: of more than `most` lines of containers those that go on, as the others are no more; of more than
 * that of them the sum of all.
 */
export function atMost(most: number, lines: readonly Line[]): readonly Line[] {
  if (lines.length <= most) return lines;
  const newest = newestOf(lines);
  const going = lines.filter((line) => newestOf([line]) > newest - PAUSE);
  return going.length <= most ? going : [summed(lines, `all ${lines.length} containers`)];
}

/** The sum of lines; NaN where none of them knows. */
export function summed(lines: readonly Line[], name: string): Line {
  const values = (lines[0]?.values ?? []).map((_, at) => {
    const known = lines.map((line) => line.values[at] ?? NaN).filter((value) => !Number.isNaN(value));
    return known.length ? known.reduce((sum, value) => sum + value, 0) : NaN;
  });
  return { name, values };
}

/** The mark that is meant at `x`, undefined where none is near; `placeOf` says where a moment is, below 0 if out of sight. */
export function meantAt(
  x: number,
  marks: readonly ChartMark[],
  placeOf: (at: number) => number
): ChartMark | undefined {
  let meant: ChartMark | undefined;
  let nearest = NEAR;
  for (const mark of marks) {
    const place = placeOf(mark.at);
    const away = Math.abs(place - x);
    if (place < 0 || away > nearest) continue;
    meant = mark;
    nearest = away;
  }
  return meant;
}

function place(series: Series, begin: number, step: number): number {
  return Math.round((Number(series.startMs) / 1000 - begin) / step);
}
