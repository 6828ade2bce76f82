const KEPT = 'palette.recents';
const MOST = 6;

/** The ids of what was chosen last in this browser, the newest first. */
export function readRecents(): readonly string[] {
  return (localStorage.getItem(KEPT) ?? '').split('\n').filter(Boolean);
}

/** Remember that something was chosen. */
export function rememberRecent(id: string): void {
  localStorage.setItem(KEPT, [id, ...readRecents().filter((one) => one !== id)].slice(0, MOST).join('\n'));
}
