import { queryOf } from '#lib/format/query.ts';
import { TaskKind, TaskState, type Task } from '#lib/gen/composia/v1/task_pb.ts';

/** Which tasks are shown, as the address says it. */
export interface Filter {
  /** Of these ends; empty are all, and those that have not ended. */
  readonly states: readonly TaskState[];
  /** UNSPECIFIED is any. */
  readonly kind: TaskKind;
  readonly service: string;
  readonly node: string;
  /** A span until now, by its word; `between` is from `from` to `to`. */
  readonly span: Span;
  /** As a field for a moment has them, in the reader's time zone: `2026-11-26T09:00`. */
  readonly from: string;
  readonly to: string;
}

const hour = 3_600_000;

/** Spans of time, by their words in the address; in milliseconds, 0 for all there is. */
export const SPANS = {
  all: { name: 'Any time', ms: 0 },
  '1h': { name: 'Last hour', ms: hour },
  '24h': { name: 'Last 24 hours', ms: 24 * hour },
  '7d': { name: 'Last 7 days', ms: 7 * 24 * hour },
  '30d': { name: 'Last 30 days', ms: 30 * 24 * hour },
  between: { name: 'Between…', ms: 0 }
} as const;
export type Span = keyof typeof SPANS;

/** The states in which tasks end, by their words in the address. */
export const ENDS = {
  failed: TaskState.FAILED,
  lost: TaskState.LOST,
  cancelled: TaskState.CANCELLED,
  superseded: TaskState.SUPERSEDED,
  succeeded: TaskState.SUCCEEDED
} as const;

/** The kinds, by their words in the address. */
export const KINDS = {
  deploy: TaskKind.DEPLOY,
  stop: TaskKind.STOP,
  start: TaskKind.START,
  restart: TaskKind.RESTART,
  down: TaskKind.DOWN,
  prune: TaskKind.PRUNE
} as const;

/** Nothing is left out. */
export const ALL: Filter = {
  states: [],
  kind: TaskKind.UNSPECIFIED,
  service: '',
  node: '',
  span: 'all',
  from: '',
  to: ''
};

/** The filter that an address names; what it says wrongly is left out. */
export function readFilter(words: URLSearchParams): Filter {
  const ends: Record<string, TaskState> = ENDS;
  const kinds: Record<string, TaskKind> = KINDS;
  const span = words.get('time') ?? '';
  return {
    states: (words.get('state') ?? '').split(',').flatMap((word) => ends[word] ?? []),
    kind: kinds[words.get('kind') ?? ''] ?? TaskKind.UNSPECIFIED,
    service: words.get('service') ?? '',
    node: words.get('node') ?? '',
    span: span in SPANS ? (span as Span) : 'all',
    from: words.get('from') ?? '',
    to: words.get('to') ?? ''
  };
}

/** The address of a filter: only what is not as usual. */
export function writeFilter(filter: Filter): string {
  const words = new URLSearchParams();
  const states = Object.entries(ENDS).filter(([, state]) => filter.states.includes(state));
  if (states.length) words.set('state', states.map(([word]) => word).join(','));
  const kind = Object.entries(KINDS).find(([, one]) => one === filter.kind);
  if (kind) words.set('kind', kind[0]);
  if (filter.service) words.set('service', filter.service);
  if (filter.node) words.set('node', filter.node);
  if (filter.span !== 'all') words.set('time', filter.span);
  if (filter.span === 'between' && filter.from) words.set('from', filter.from);
  if (filter.span === 'between' && filter.to) words.set('to', filter.to);
  return queryOf(words);
}

/** Which tasks are asked for at a moment of the server's time: those that have ended, and what the filter says. */
export function asked(filter: Filter, now: number) {
  const { ms } = SPANS[filter.span];
  const [since, until] =
    filter.span === 'between' ? [Date.parse(filter.from), Date.parse(filter.to)] : [ms ? now - ms : 0, 0];
  return {
    states: filter.states.length ? [...filter.states] : Object.values(ENDS),
    kinds: filter.kind === TaskKind.UNSPECIFIED ? [] : ([filter.kind] as TaskKind[]),
    services: filter.service ? [filter.service] : [],
    nodes: filter.node ? [filter.node] : [],
    sinceMs: BigInt(Math.trunc(since || 0)),
    untilMs: BigInt(Math.trunc(until || 0))
  };
}

/** Whether a task is among those that are asked for. */
export function isAmong(task: Task, which: ReturnType<typeof asked>): boolean {
  return which.states.includes(task.state) && isAbout(task, which);
}

/** Whether a task is what is asked for, in whatever state it is. */
export function isAbout(task: Task, which: ReturnType<typeof asked>): boolean {
  const kind = task.order?.kind ?? TaskKind.UNSPECIFIED;
  return (
    (!which.kinds.length || which.kinds.includes(kind)) &&
    (!which.services.length || which.services.includes(task.service)) &&
    (!which.nodes.length || which.nodes.includes(task.node)) &&
    task.createdMs >= which.sinceMs &&
    (!which.untilMs || task.createdMs < which.untilMs)
  );
}
