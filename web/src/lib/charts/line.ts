import type { Series } from '#lib/gen/composia/v1/usage_pb.ts';

/** A line of a chart. */
export interface Line {
  name: string;
  /** NaN where nothing is known. */
  values: readonly number[];
  /** The name of a colour of the page, such as `--color-ok`. */
  colour?: string;
}

/** A moment in a chart that stands for something. */
export interface ChartMark {
  /** Seconds UTC. */
  at: number;
  href: string;
  text: string;
  bad: boolean;
}

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

/** The sum of lines; NaN where none of them knows. */
export function summed(lines: readonly Line[], name: string): Line {
  const values = (lines[0]?.values ?? []).map((_, at) => {
    const known = lines.map((line) => line.values[at] ?? NaN).filter((value) => !Number.isNaN(value));
    return known.length ? known.reduce((sum, value) => sum + value, 0) : NaN;
  });
  return { name, values };
}

function place(series: Series, begin: number, step: number): number {
  return Math.round((Number(series.startMs) / 1000 - begin) / step);
}
