import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, vi } from 'vitest';
import { LogPageSchema, type LogPage } from '#lib/gen/composia/v1/container_log_pb.ts';
import { ErrorInfoSchema } from '#lib/gen/composia/v1/error_pb.ts';
import { Feed } from './feed.svelte.ts';
import type { Query, Question } from './question.ts';

export const QUESTION: Question = {
  services: ['web'],
  nodes: [],
  containers: [],
  text: '',
  regex: false,
  ignoreCase: false,
  since: 0,
  until: 0,
  live: false,
  moment: 0
};
const MS = 1_000_000;

/** A log of a line each millisecond, kept or in the containers, as the server answers questions about it. */
export class Log {
  readonly asked: Query[] = [];
  /** Those to come break after so many lines. */
  breaks: number[] = [];
  refuse: Error | undefined;
  notes: string[] = [];
  /** The containers have stopped. */
  ended = false;
  constructor(
    public count: number,
    readonly kept = true,
    readonly page = 100
  ) {}

  read = async function* (this: Log, query: Query, signal: AbortSignal): AsyncGenerator<LogPage> {
    this.asked.push(query);
    await Promise.resolve();
    if (this.refuse) throw this.refuse;
    for (const note of this.notes) yield create(LogPageSchema, { note });
    const until = Number(query.untilMs ?? 0n) || Infinity;
    let at = Number(query.cursor) || Math.max(0, Number(query.sinceMs ?? 0n));
    if (query.tail && !query.cursor) at = Math.max(at, Math.min(this.count, until) - query.tail);
    let looked = false;
    let left = query.follow ? (this.breaks.shift() ?? Infinity) : Infinity;
    for (;;) {
      const end = Math.min(this.count, until, at + this.page);
      if (signal.aborted) throw new ConnectError('', Code.Canceled);
      if (left <= 0) throw new ConnectError('gone', Code.Unavailable);
      if (end <= at) {
        if (!query.follow || this.ended) return;
        if (this.kept && !looked) yield create(LogPageSchema, { cursor: String(at) });
        looked = true;
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      const entries = Array.from({ length: end - at }, (_, step) => ({
        node: 'n1',
        source: { service: 'web', container: 'app', name: 'web-app-1', id: 'x' },
        atNs: BigInt((at + step) * MS),
        data: new TextEncoder().encode(`line ${at + step}`)
      }));
      at = end;
      left -= entries.length;
      yield create(LogPageSchema, { entries, cursor: this.kept ? String(at) : '' });
    }
  }.bind(this);
}

export function begin(log: Log, question: Partial<Question> = {}, most = 200_000): Feed {
  const feed = new Feed({ ...QUESTION, ...question }, log.read, (run) => setTimeout(run), most);
  void feed.run();
  return feed;
}

/** As the server refuses, where it is no matter of how it is asked. */
export function refusal(code: string): ConnectError {
  const value = { code, message: 'there is no container to ask', hint: '' };
  return new ConnectError(value.message, Code.FailedPrecondition, undefined, [{ desc: ErrorInfoSchema, value }]);
}

export const texts = (feed: Feed) =>
  Array.from({ length: feed.rows.count }, (_, row) => {
    const line = feed.rows.line(row);
    const text = new TextDecoder().decode(feed.lines.data(line));
    return feed.lines.isNote(line) ? `note: ${text}` : Number(text.slice(5));
  });
export const numbers = (from: number, end: number) => Array.from({ length: end - from }, (_, at) => from + at);
export const until = (holds: () => boolean) =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000, interval: 2 });

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
