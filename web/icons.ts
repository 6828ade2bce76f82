import type { Plugin } from 'vite';

const ICON = /[/]@lucide[/]svelte[/]dist[/]icons[/][\w-]+[.]svelte$/;
const DATA = /const iconData = (\{.*\});/;

type Shape = [tag: string, attributes: Record<string, string>];

/**
 * The icons as plain markup. As they come they are put together from data, attribute by attribute, each time that one is shown,
 * which is a fifth of what a row of a list would cost, for one icon. They take `class` and `aria-label`; without the latter they are decoration.
 */
export const icons: Plugin = {
  name: 'icons-as-markup',
  enforce: 'pre',
  transform(code, id) {
    if (!ICON.test(id)) return;
    const data = DATA.exec(code)?.[1];
    if (data === undefined) throw new Error(`${id} is not written as expected`);
    const { size, node } = JSON.parse(data) as { size: number; node: Shape[] };
    const shapes = node.map(([tag, attributes]) => `<${tag}${written(attributes)} />`).join('');
    return `<script>let { class: classes, 'aria-label': label } = $props();</script>
<svg class={classes} role={label && 'img'} aria-label={label} aria-hidden={!label} viewBox="0 0 ${size} ${size}"
  width="${size}" height="${size}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
  stroke-linejoin="round">${shapes}</svg>`;
  }
};

function written(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
}
