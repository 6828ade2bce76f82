import { levelOf, type Level } from './level.ts';

/** A line that is a JSON object, taken apart. */
export interface Fields {
  level: Level | undefined;
  message: string;
  /** The other keys with their values as text, when they were printed last. */
  others: readonly (readonly [key: string, value: string])[];
}

const LEVELS = ['level', 'lvl', 'severity', 'loglevel', 'levelname', 'log.level', '@level', '@l'];
const MESSAGES = ['msg', 'message', '@message', '@m', 'event', 'text', 'log', 'short_message'];
const TIMES = ['time', 'ts', 'timestamp', '@timestamp', '@t', 't', 'datetime'];

/** What a line says that is a JSON object; undefined when it is none. */
export function fieldsOf(line: string): Fields | undefined {
  const object = objectOf(line);
  if (!object) return undefined;
  const keys = Object.keys(object);
  const level = keys.find((key) => LEVELS.includes(key.toLowerCase()) && levelOf(object[key]));
  const message = MESSAGES.map((name) => keys.find((key) => key.toLowerCase() === name)).find(
    (key) => key && typeof object[key] === 'string'
  );
  const others = keys.filter((key) => key !== level && key !== message);
  const isTime = (key: string) => TIMES.includes(key.toLowerCase());
  const sorted = [...others.filter((key) => !isTime(key)), ...others.filter(isTime)];
  return {
    level: level === undefined ? undefined : levelOf(object[level]),
    message: message === undefined ? '' : String(object[message]),
    others: sorted.map((key) => [key, valueText(object[key])] as const)
  };
}

/** A line that is a JSON object or array, written over many lines; empty when it is none. */
export function pretty(line: string): string {
  if (!/^\s*[[{]/.test(line)) return '';
  try {
    return JSON.stringify(JSON.parse(line), undefined, 2);
  } catch {
    return '';
  }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function valueText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}
