/** The views of one service, in their order. */
export function serviceTabs(name: string, mayReadLogs: boolean): { name: string; href: string }[] {
  const path = `/services/${encodeURIComponent(name)}`;
  return [
    { name: 'Overview', href: path },
    { name: 'Deployments', href: `${path}/deployments` },
    { name: 'Files', href: `${path}/files` },
    ...(mayReadLogs ? [{ name: 'Logs', href: `${path}/logs` }] : []),
    { name: 'Stats', href: `${path}/stats` }
  ];
}
