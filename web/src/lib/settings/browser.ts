const names: [RegExp, string][] = [
  [/\bEdg\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bFirefox\/(\d+)/, 'Firefox'],
  [/\b(?:Headless)?Chrome\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[^ ]* .*Safari\//, 'Safari']
];
const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Macintosh/, 'macOS'],
  [/Linux/, 'Linux']
];

/** A browser by what it says of itself: `Firefox 132 on Linux`; what is not known is shown as it is. */
export function browserOf(agent: string): string {
  const system = systems.find(([pattern]) => pattern.test(agent))?.[1];
  for (const [pattern, name] of names) {
    const found = pattern.exec(agent);
    if (found) return `${name} ${found[1]}${system ? ` on ${system}` : ''}`;
  }
  return agent.slice(0, 60) || 'unknown browser';
}
