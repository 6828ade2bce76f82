/**
 * The colours of lines, in light and in dark. The tones of the page have meanings, and some of them are hardly told apart side by
 * side; these are, also by who cannot tell red from green.
 */
const COLOURS = [
  'light-dark(#4a3fd6, #a9a4ff)',
  'light-dark(#a7400b, #ef9b65)',
  'light-dark(#023918, #258b1a)',
  'light-dark(#7a1968, #cd41b4)',
  'light-dark(#3e8db3, #a9f1fd)',
  'light-dark(#978b1b, #f0f02c)'
] as const;
/** Of the lines that have the first colours, of those that have them again, and once more. */
const DASHES = ['', '6 3', '2 3'] as const;

/** How a line is drawn. */
export interface Look {
  colour: string;
  /** Lengths of dashes and gaps, as of `stroke-dasharray`; empty for a whole line. */
  dashes: string;
}

/** How the line at this place of a chart is drawn. */
export function lookOf(order: number): Look {
  return {
    colour: COLOURS[order % COLOURS.length] ?? COLOURS[0],
    dashes: DASHES[Math.floor(order / COLOURS.length) % DASHES.length] ?? ''
  };
}

/** A colour as canvases know it, in the present theme: `var()` and `light-dark()` are resolved by the browser. */
export function colourOf(element: HTMLElement, colour: string, alpha = 1): string {
  const probe = document.createElement('span');
  probe.style.color = alpha === 1 ? colour : `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
