/** The views of a node beside its first one. */
export function nodeParts(node: string): { name: string; href: string }[] {
  return ['Containers', 'Images', 'Volumes', 'Networks'].map((name) => ({
    name,
    href: `/nodes/${encodeURIComponent(node)}/${name.toLowerCase()}`
  }));
}
