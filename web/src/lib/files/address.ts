/** Which file of a service, as the Files view's address says it. */
export interface FilePlace {
  /** Relative to the service's directory; relative to the repository will do too. */
  file?: string;
  /** Empty is the branch's head. */
  revision?: string;
  /** The revision that it is compared with. */
  against?: string | undefined;
  /** From 1; 0 is none. */
  line?: number;
}

/** The address of a file of a service, or of a line of it. */
export function fileHref(service: string, place: FilePlace = {}): string {
  const words = new URLSearchParams();
  if (place.file) words.set('file', place.file);
  if (place.revision) words.set('revision', place.revision);
  if (place.against !== undefined) words.set('against', place.against);
  const query = words.size ? `?${words.toString()}` : '';
  return `/services/${encodeURIComponent(service)}/files${query}${place.line ? `#L${place.line}` : ''}`;
}

/** The line that the fragment of an address names; 0 when it names none. */
export function lineOf(hash: string): number {
  return Number(/^#L([1-9][0-9]{0,6})$/.exec(hash)?.[1] ?? 0);
}
