/** A colour of the page as canvases know it, in the present theme: `light-dark()` is resolved by the browser. */
export function colourOf(element: HTMLElement, name: string, alpha = 1): string {
  const probe = document.createElement('span');
  probe.style.color = alpha === 1 ? `var(${name})` : `color-mix(in srgb, var(${name}) ${alpha * 100}%, transparent)`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
