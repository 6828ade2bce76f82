import type { LogPage, LogsQuery } from '#lib/gen/composia/v1/container_log_pb.ts';

/** So many lines are asked for at once. */
export const PAGE = 500;

/** What of logs is asked for; lists that are empty are all. */
export interface Question {
  services: readonly string[];
  nodes: readonly string[];
  containers: readonly string[];
  text: string;
  regex: boolean;
  ignoreCase: boolean;
  /** Milliseconds UTC; 0 is from the beginning. */
  since: number;
  /** Milliseconds UTC, before that; 0 goes on with what comes. */
  until: number;
  /** From the containers themselves. */
  live: boolean;
  /** Where to begin, milliseconds UTC; 0 is at the end. */
  moment: number;
}

/** What is sent of a query. */
export type Query = Partial<Omit<LogsQuery, '$typeName' | '$unknown'>>;

/** What is the same in all that is asked for a question. */
export function askedOf({ services, nodes, containers, text, regex, ignoreCase, since, live }: Question): Query {
  return {
    ...{ services: [...services], nodes: [...nodes], containers: [...containers] },
    ...{ grep: text, regex: regex && text !== '', ignoreCase: ignoreCase && text !== '' },
    sinceMs: BigInt(since),
    live
  };
}

/**
 * Asks for what comes: behind a cursor; `again` is from when on (nanoseconds UTC) what is at hand comes once more, where no
 * cursor says it.
 */
export function onwardQuery(question: Question, cursor: string, again: bigint | undefined): Query {
  const { moment, until, since } = question;
  const query = { ...askedOf(question), follow: !until, untilMs: BigInt(until), cursor };
  if (again !== undefined) return { ...query, sinceMs: again / 1_000_000n };
  if (moment) return { ...query, sinceMs: BigInt(Math.max(since, moment)) };
  return { ...query, tail: PAGE };
}

export type Read = (query: Query, signal: AbortSignal) => AsyncIterable<LogPage>;
