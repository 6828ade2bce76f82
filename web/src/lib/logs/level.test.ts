import { expect, it } from 'vitest';
import { levelIn, levelOf } from './level.ts';

it.each([
  ['INFO  request handled', 'info', 'INFO'],
  ['2026-11-26T07:00:00Z ERROR upstream', 'error', 'ERROR'],
  ['ts=1 level=warn msg="slow query"', 'warn', 'warn'],
  ['msg="no INFO here" level="error"', 'error', 'error'],
  ['2026/11/26 07:00:00 [error] 31#31: *1 open() failed', 'error', 'error'],
  ['[WARNING] disk', 'warn', 'WARNING'],
  ['2026-11-26 07:00:00.000 UTC [71] FATAL:  password', 'fatal', 'FATAL'],
  ['error: cannot open', 'error', 'error'],
  ['E0102 15:04:05.000000 1 main.go:3] lost', 'error', 'E'],
  ['<warn> x', 'warn', 'warn'],
  ['DEBUG|x', 'debug', 'DEBUG'],
  ['panic: runtime error', 'fatal', 'panic']
])('%s', (line, level, word) => {
  const found = levelIn(line);
  expect([found?.level, line.slice(found?.from, found?.end)]).toEqual([level, word]);
});

it.each([
  'GET /errors 200',
  'no ERRORS found',
  'user INFOrmation',
  'an error was fixed',
  'Information desk',
  'level=high',
  '',
  `${'x'.repeat(300)} ERROR`
])('says nothing of %j', (line) => expect(levelIn(line)).toBeUndefined());

it.each([
  ['WARNING', 'warn'],
  [' err ', 'error'],
  [30, 'info'],
  [50, 'error'],
  [99, 'fatal'],
  [3, undefined],
  [null, undefined],
  ['high', undefined]
])('of the value %j', (value, level) => expect(levelOf(value)).toBe(level));
