import type { LogPage, LogsQuery } from '#lib/gen/composia/v1/container_log_pb.ts';

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
export type Read = (query: Query, signal: AbortSignal) => AsyncIterable<LogPage>;
