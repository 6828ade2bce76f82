/** What the page looks like: as the system says, or as was chosen in this browser. */
export type Choice = 'system' | 'dark' | 'light';

class Theme {
  choice = $state<Choice>(chosen());
  #systemDark = $state(matchMedia('(prefers-color-scheme: dark)').matches);

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener(
      'change',
      (event) => (this.#systemDark = event.matches)
    );
  }

  /** Whether it is dark now. Canvases, which know no `light-dark()`, redraw on it. */
  get dark(): boolean {
    return this.choice === 'system' ? this.#systemDark : this.choice === 'dark';
  }

  /** Choose, for this browser. */
  choose(choice: Choice): void {
    this.choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    localStorage.setItem('theme', choice);
  }
}

function chosen(): Choice {
  const theme = document.documentElement.dataset.theme;
  return theme === 'dark' || theme === 'light' ? theme : 'system';
}

export const theme = new Theme();
