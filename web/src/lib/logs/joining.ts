import type { LogEntry } from '#lib/gen/composia/v1/container_log_pb.ts';

/** A line longer than this is shown in pieces. */
const LONGEST = 16 * 1024 * 1024;

/** A line, whole. */
export interface Line {
  /** Nanoseconds UTC by the node's clock. */
  at: bigint;
  /** Of `Sources`. */
  source: number;
  stderr: boolean;
  data: Uint8Array;
}

interface Begun {
  at: bigint;
  pieces: Uint8Array[];
  bytes: number;
}

/** Joins the pieces in which lines over 1 MiB come; a line begins when its first piece did. */
export class Joining {
  #begun = new Map<number, Begun>();

  /** The line that an entry ends; undefined while it goes on. */
  add(entry: LogEntry, source: number): Line | undefined {
    const key = source * 2 + Number(entry.stderr);
    const begun = this.#begun.get(key);
    if (!begun && !entry.partial) return { at: entry.atNs, source, stderr: entry.stderr, data: entry.data };
    const all = begun ?? { at: entry.atNs, pieces: [], bytes: 0 };
    all.pieces.push(entry.data);
    all.bytes += entry.data.length;
    if (entry.partial && all.bytes < LONGEST) {
      this.#begun.set(key, all);
      return undefined;
    }
    this.#begun.delete(key);
    return { at: all.at, source, stderr: entry.stderr, data: joined(all) };
  }

  /** What has begun and will not go on. */
  end(): Line[] {
    const lines = [...this.#begun].map(([key, all]) => ({
      at: all.at,
      source: key >> 1,
      stderr: key % 2 === 1,
      data: joined(all)
    }));
    this.#begun.clear();
    return lines;
  }
}

function joined({ pieces, bytes }: Begun): Uint8Array {
  const data = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    data.set(piece, at);
    at += piece.length;
  }
  return data;
}
