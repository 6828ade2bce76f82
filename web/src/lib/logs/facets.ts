import type { ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';
import { byName } from '#lib/format/name.ts';

/** A container, by what it can be chosen by. */
export interface Place {
  service: string;
  node: string;
  container: string;
}

/** By what containers are chosen, and the names that are; none are all. */
export interface Chosen {
  services: readonly string[];
  nodes: readonly string[];
  containers: readonly string[];
}
export type Facet = keyof Chosen;

/** A name that can be chosen, and how many containers it stands for among those that the other choices leave. */
export interface Choice {
  name: string;
  count: number;
}

const fields: Record<Facet, keyof Place> = { services: 'service', nodes: 'node', containers: 'container' };

/** All containers that are on nodes. */
export function placesOf(services: Iterable<ServiceStatus>): Place[] {
  return [...services].flatMap((service) =>
    service.instances.flatMap(({ node, containers }) =>
      containers.map((container) => ({ service: service.name, node, container: container.service }))
    )
  );
}

/** Those that are chosen. */
export function chosenOf(places: readonly Place[], chosen: Chosen): Place[] {
  return places.filter((place) => (Object.keys(fields) as Facet[]).every((facet) => fits(place, facet, chosen)));
}

/** What a facet offers, by name; what is chosen and not there is offered too, so that it can be taken back. */
export function choicesOf(places: readonly Place[], chosen: Chosen, facet: Facet): Choice[] {
  const counts = new Map<string, number>();
  const others = (Object.keys(fields) as Facet[]).filter((one) => one !== facet);
  for (const place of places) {
    const name = place[fields[facet]];
    const counted = others.every((one) => fits(place, one, chosen));
    counts.set(name, (counts.get(name) ?? 0) + Number(counted));
  }
  for (const name of chosen[facet]) if (!counts.has(name)) counts.set(name, 0);
  const all = [...counts].map(([name, count]) => ({ name, count }));
  const wanted = all.filter(({ name, count }) => count || chosen[facet].includes(name) || facet === 'services');
  return wanted.sort((a, b) => byName(a.name, b.name));
}

/** Those with a text in their names, in any case. */
export function named(choices: readonly Choice[], text: string): Choice[] {
  const wanted = text.trim().toLowerCase();
  return choices.filter((choice) => choice.name.toLowerCase().includes(wanted));
}

/** What a button says of a facet: `all`, the name, or how many. */
export function summary(chosen: readonly string[]): string {
  return chosen.length === 0 ? 'all' : chosen.length === 1 ? (chosen[0] ?? '') : String(chosen.length);
}

function fits(place: Place, facet: Facet, chosen: Chosen): boolean {
  return !chosen[facet].length || chosen[facet].includes(place[fields[facet]]);
}
