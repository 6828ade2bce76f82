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

/** Begins a text that stands for a number; it is no character, so that texts do not begin with it. */
const NUMBER = '\uffff';
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]|\s*:)/g;

/** What a line says that is a JSON object; undefined when it is none. */
export function fieldsOf(line: string): Fields | undefined {
  const object = objectOf(line);
  if (!object) return undefined;
  const keys = Object.keys(object);
  const level = keys.find((key) => LEVELS.includes(key.toLowerCase()) && levelOf(object[key]));
  const message = MESSAGES.map((name) => keys.find((key) => key.toLowerCase() === name)).find(
    (key) => key && isText(object[key])
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
    return written(parsed(line), 2);
  } catch {
    return '';
  }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    return parsed(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function valueText(value: unknown): string {
  if (!isText(value)) return written(value);
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.startsWith(NUMBER);
}

/** Numbers that JavaScript would change, as they are too long or end in `.0`, become texts, in which `written` finds them. */
function parsed(json: string): unknown {
  return JSON.parse(
    json.replace(TEXT_OR_NUMBER, (part) =>
      part.startsWith('"') || String(Number(part)) === part ? part : `"${NUMBER}${part}"`
    )
  );
}

/** JSON with its numbers as they were. */
function written(value: unknown, indent = 0): string {
  return JSON.stringify(value, undefined, indent).replace(/"\uffff([-+.\deE]+)"/g, '$1');
}
