/** How grave a line is. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

const words: Record<string, Level> = {
  trace: 'trace',
  trc: 'trace',
  verbose: 'trace',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  notice: 'info',
  log: 'info',
  warn: 'warn',
  warning: 'warn',
  wrn: 'warn',
  error: 'error',
  err: 'error',
  severe: 'error',
  fatal: 'fatal',
  ftl: 'fatal',
  panic: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  alert: 'fatal'
};

/** Letters of klog and glog, such as `E0102 15:04:05`. */
const letters: Record<string, Level> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' };

const named = /(?:^|\s|,)(?:level|lvl|severity)=["']?([a-z]+)/i;
const capital =
  /(?:^|[\s[(<|:"'=])(TRACE|TRC|DEBUG|DBG|INFO|INF|NOTICE|WARN|WARNING|WRN|ERROR|ERR|SEVERE|FATAL|FTL|PANIC|CRITICAL|CRIT|EMERG|ALERT)(?=$|[\s\]):>|,"'])/;
const bracketed = /[[<(](trace|debug|info|notice|warn|warning|error|err|fatal|panic|crit|critical|alert|emerg)[\]>)]/i;
const leading = /^(debug|info|warning|warn|error|fatal|panic):/i;
const klog = /^([IWEF])\d{4} \d\d:\d\d/;

/** It is looked for in the beginning of a line only. */
const BEGINNING = 256;

/** A level, and where in the line its word is. */
export interface Found {
  level: Level;
  from: number;
  end: number;
}

/** The level that a plain line, or one of `key=value`, names. */
export function levelIn(line: string): Found | undefined {
  const text = line.slice(0, BEGINNING);
  for (const pattern of [named, bracketed, capital, leading, klog]) {
    const match = pattern.exec(text);
    const word = match?.[1];
    const level = word && (pattern === klog ? letters[word] : words[word.toLowerCase()]);
    if (!match || !level) continue;
    const from = match.index + match[0].lastIndexOf(word);
    return { level, from, end: from + word.length };
  }
  return undefined;
}

/** The level that a value in a JSON line is: a word, or a number as pino and bunyan have them. */
export function levelOf(value: unknown): Level | undefined {
  if (typeof value === 'string') return words[value.trim().toLowerCase()];
  if (typeof value !== 'number') return undefined;
  const steps: Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  return value >= 10 ? steps[Math.min(5, Math.floor(value / 10) - 1)] : undefined;
}
