import { expect, it } from 'vitest';
import { fieldsOf, pretty } from './fields.ts';

it('has the level and the message, then the other keys, the time last', () => {
  expect(
    fieldsOf('{"time":"2026","level":"warn","msg":"slow query","ms":812,"table":"a b","x":{"y":[1]},"n":null}')
  ).toEqual({
    level: 'warn',
    message: 'slow query',
    others: [
      ['ms', '812'],
      ['table', '"a b"'],
      ['x', '{"y":[1]}'],
      ['n', 'null'],
      ['time', '2026']
    ]
  });
});

it.each([
  ['{"severity":"ERROR","message":"a"}', 'error', 'a'],
  ['{"@l":"Warning","@m":"a"}', 'warn', 'a'],
  ['{"level":30,"msg":"pino"}', 'info', 'pino'],
  ['{"Level":"info","Message":"dotnet"}', 'info', 'dotnet'],
  ['{"level":"high","event":"e"}', undefined, 'e'],
  ['{"msg":{"a":1},"message":"text wins"}', undefined, 'text wins']
])('%s', (line, level, message) => {
  const fields = fieldsOf(line);
  expect([fields?.level, fields?.message]).toEqual([level, message]);
});

it.each(['{"a":1', 'plain', '{not json}', '[1,2]', ''])('%j is no object', (line) =>
  expect(fieldsOf(line)).toBeUndefined()
);

it('writes JSON over many lines', () => {
  expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect([pretty('{"a":'), pretty('text'), pretty('12')]).toEqual(['', '', '']);
});
