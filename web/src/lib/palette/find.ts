import { wordsOf } from '#lib/format/matching.ts';
import type { DeploymentView } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { NodeView } from '#lib/gen/composia/v1/node_pb.ts';
import type { Revision } from '#lib/gen/composia/v1/repository_pb.ts';
import type { ScheduleView } from '#lib/gen/composia/v1/server_pb.ts';
import type { ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import type { Task } from '#lib/gen/composia/v1/task_pb.ts';
import type { Entry } from './entry.ts';
import { best, score } from './score.ts';
import {
  commitEntry,
  deploymentDoings,
  deploymentEntry,
  instanceDoings,
  nodeDoings,
  nodeEntry,
  nodeLinks,
  scheduleEntry,
  serviceDoings,
  serviceEntry,
  taskDoings,
  taskEntry
} from './subjects.ts';

/** What the palette looks in. */
export interface Sources {
  general: readonly Entry[];
  services: Iterable<ServiceStatus>;
  nodes: Iterable<NodeView>;
  deployments: Iterable<DeploymentView>;
  schedules: Iterable<ScheduleView>;
  tasks: Iterable<Task>;
  commits: Iterable<Revision>;
}

/** So many are offered. */
const MOST = 40;
const SERVICES = 12;
const NODES = 6;
const OTHERS = 5;
/** What has as many points has the words as they are, and not their letters somewhere in a long text. */
const WHOLE = 150;
/** Of so many of the services that fit best is offered what can be done with them. */
const SUBJECTS = 8;

/** What fits the words that were typed, the best first. */
export function find(query: string, sources: Sources): Entry[] {
  const words = wordsOf(query);
  const fits = (name: string) => score(name.toLowerCase(), words);
  const found = [
    ...direct(words),
    ...fitting(sources.general, words, OTHERS),
    ...fitting([...sources.schedules].map(scheduleEntry), words, OTHERS),
    ...best(sources.services, (one) => fits(one.name), SERVICES).map(serviceEntry),
    ...best(sources.nodes, (one) => fits(one.node?.name ?? ''), NODES).map(nodeEntry),
    ...doings(sources, words),
    ...fitting([...sources.deployments].flatMap(entryOfView), words, OTHERS, WHOLE),
    ...fitting([...sources.tasks].map(taskEntry), words, OTHERS, WHOLE),
    ...fitting([...sources.commits].map(commitEntry), words, OTHERS, WHOLE)
  ];
  const distinct = new Map([...found].reverse().map((entry) => [entry.id, entry]));
  return best([...distinct.values()].reverse(), (entry) => pointsOf(entry, words), MOST);
}

/** What was chosen before, as far as it is still there. */
export function resolve(ids: readonly string[], sources: Sources): Entry[] {
  return ids.flatMap((id) => entryOf(id, sources) ?? []);
}

function entryOf(id: string, sources: Sources): Entry | undefined {
  const [kind, name = '', subject = ''] = id.split(' ');
  const among = (entries: Iterable<Entry>) => [...entries].find((entry) => entry.id === id);
  const service = (named: string) => [...sources.services].find((one) => one.name === named);
  const node = (named: string) => [...sources.nodes].find((one) => one.node?.name === named);
  if (kind === 'service') return among([service(name)].flatMap((one) => (one ? serviceEntry(one) : [])));
  if (kind === 'node') return among([node(name)].flatMap((one) => (one ? nodeEntry(one) : [])));
  if (kind === 'deployment') return among([...[...sources.deployments].flatMap(entryOfView), ...direct([name])]);
  if (kind === 'task') return among([...[...sources.tasks].map(taskEntry), ...direct([name])]);
  if (kind === 'commit') return among([...sources.commits].map(commitEntry));
  if (name === 'service') {
    return among([service(subject)].flatMap((one) => (one ? [...serviceDoings(one), ...instanceDoings(one)] : [])));
  }
  if (name === 'deployment') {
    return among([...sources.deployments].filter((one) => one.deployment?.id === subject).flatMap(deploymentDoings));
  }
  if (name === 'task') return among([...sources.tasks].filter((one) => one.id === subject).flatMap(taskDoings));
  if (name === 'schedule') return among([...sources.schedules].map(scheduleEntry));
  if (name === 'node') {
    return among([node(subject)].flatMap((one) => (one ? [...nodeDoings(one), ...nodeLinks(one)] : [])));
  }
  return among(sources.general);
}

/** The id of a deployment or a task leads there, also when it is not among those that are known here. */
function direct(words: readonly string[]): Entry[] {
  const [id = ''] = words;
  if (words.length !== 1 || !/^[dt]\d+$/.test(id)) return [];
  const deployment = id.startsWith('d');
  return [
    {
      id: `${deployment ? 'deployment' : 'task'} ${id}`,
      kind: deployment ? 'Deployment' : 'Task',
      name: id,
      beside: '',
      words: '',
      href: `/${deployment ? 'deployments' : 'tasks'}/${id}`
    }
  ];
}

/**
 * What can be done with the services, nodes, deployments and tasks that some of the words name, where the other words name what
 * to do: `dep web`, `web logs`. Words that name services alone offer what can be done with the best of them. What can be done
 * on one node of a service comes only where words name both, and a view of a node where one names that.
 */
function doings({ services, nodes, deployments, tasks }: Sources, words: readonly string[]): Entry[] {
  const fits = (name: string) => Math.max(0, ...words.map((word) => score(name.toLowerCase(), [word])));
  const isMeant = (name: string) => fits(name) >= WHOLE;
  const subjects = [
    ...named(services, (one) => fits(one.name)).flatMap(serviceDoings),
    ...named(nodes, (one) => fits(one.node?.name ?? '')).flatMap((one) => [
      ...nodeDoings(one),
      ...nodeLinks(one, isMeant)
    ]),
    ...best(
      deployments,
      ({ deployment }) => Math.max(fits(deployment?.service ?? ''), fits(deployment?.id ?? '')),
      SUBJECTS
    ).flatMap(deploymentDoings),
    ...best(
      [...tasks].map((task) => ({ task, doings: taskDoings(task) })).filter((one) => one.doings.length),
      ({ task }) => Math.max(fits(task.service), fits(task.node), fits(task.id)),
      SUBJECTS
    ).flatMap((one) => one.doings),
    ...best(services, (one) => (words.length > 1 && isMeant(one.name) ? fits(one.name) : 0), SUBJECTS).flatMap((one) =>
      instanceDoings(one, isMeant)
    )
  ];
  return fitting(subjects, words, SUBJECTS * 2);
}

/** Those that fit best; the first ones when none does, so that a word that only says what to do offers that. */
function named<Subject>(subjects: Iterable<Subject>, points: (subject: Subject) => number): Subject[] {
  const found = best(subjects, points, SUBJECTS);
  return found.length ? found : [...subjects].slice(0, SUBJECTS);
}

function entryOfView({ deployment }: DeploymentView): Entry[] {
  return deployment ? [deploymentEntry(deployment)] : [];
}

function fitting(entries: readonly Entry[], words: readonly string[], most: number, least = 1): Entry[] {
  return best(
    entries.filter((entry) => pointsOf(entry, words) >= least),
    (entry) => pointsOf(entry, words),
    most
  );
}

function pointsOf(entry: Entry, words: readonly string[]): number {
  const name = entry.name.toLowerCase();
  const all = score(name, words) || score(`${name} ${entry.words}`, words) / 2;
  if (entry.not !== undefined) return all / 4;
  // of what can be done with one thing, how long the word for it is says nothing
  return entry.kind === 'Do' ? Math.floor(all / 100) * 100 : all;
}
