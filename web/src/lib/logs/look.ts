import type { TimeFormat } from './view.ts';

/** How all lines are shown. */
export interface Look {
  time: TimeFormat;
  wrap: boolean;
  phone: boolean;
  /** With the service in the name of the source. */
  whole: boolean;
  /** In characters. */
  sourceWidth: number;
  /** What is marked in the text. */
  marker: RegExp | undefined;
  /** The address that leads to a line. */
  href: (line: number) => string;
  /** The one that leads to it among the lines that are left out; undefined when none are. */
  around: ((line: number) => string) | undefined;
}
