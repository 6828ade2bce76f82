const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in the largest binary unit, with three digits at most: `856 MiB`, `1.3 GiB`, `0 B`. */
export function bytes(value: number | bigint): string {
  let rest = Number(value);
  let unit = 0;
  while (Math.abs(rest) >= 1000 && unit < sizes.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${unit === 0 || Math.abs(rest) >= 99.95 ? Math.round(rest) : Number(rest.toFixed(1))} ${sizes[unit]}`;
}

/** A rate of bytes a second. */
export function rate(value: number): string {
  return `${bytes(value)}/s`;
}

/** Percent with a digit behind the point below 100: `0.6%`, `143%`. */
export function percent(value: number): string {
  return `${Math.abs(value) >= 99.95 ? Math.round(value) : value.toFixed(1)}%`;
}

/** `1 service`, `4 services`. */
export function count(number: number, one: string, many = `${one}s`): string {
  // toLocaleString is slow, and lists of hundreds count much in each row
  const written = number < 1000 ? number : number.toLocaleString('en');
  return `${written} ${number === 1 ? one : many}`;
}
