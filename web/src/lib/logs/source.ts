import type { LogEntry } from '#lib/gen/composia/v1/container_log_pb.ts';
import { hueOf } from './colour.ts';

/** What prints lines: a container on a node. */
export interface Source {
  node: string;
  service: string;
  /** Its name in the Compose file. */
  container: string;
  /** The container's own name. */
  name: string;
  /** `container@node`, with the number where there are several of one kind. */
  short: string;
  /** `service/container@node`. */
  label: string;
  hue: number;
}

/** The sources of lines, each with a number from 0. */
export class Sources {
  readonly all: Source[] = [];
  #numbers = new Map<string, number>();

  /** The number of the source of a line. */
  numberOf({ node, source }: LogEntry): number {
    const key = `${node}/${source?.name}/${source?.service}/${source?.container}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.all.length);
    return this.all.push(this.#made(node, source)) - 1;
  }

  at(number: number): Source | undefined {
    return this.all[number];
  }

  #made(node: string, source: LogEntry['source']): Source {
    const { service = '', container = '', name = '' } = source ?? {};
    const number = /[-_](\d+)$/.exec(name)?.[1] ?? '1';
    const short = `${container}${number === '1' ? '' : `-${number}`}@${node}`;
    const label = `${service}/${short}`;
    const twin = this.all.find((one) => one.label === label);
    const hue = twin?.hue ?? hueOf(label, new Set(this.all.map((one) => one.hue)));
    return { node, service, container, name, short, label, hue };
  }
}
