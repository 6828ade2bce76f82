/** A part of the way to a view. */
export interface Crumb {
  name: string;
  href: string;
}

/** The way to a path, from the place on: `/services/web/logs` is Services / web / logs. */
export function crumbs(path: string): Crumb[] {
  const parts = path.split('/').filter(Boolean);
  return parts.map((part, at) => ({
    name: at === 1 ? decodeURIComponent(part) : capital(decodeURIComponent(part)),
    href: `/${parts.slice(0, at + 1).join('/')}`
  }));
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
