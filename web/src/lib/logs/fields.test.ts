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

it('has numbers as they were written', () => {
  const line =
    '{"msg":"1.0 and 9007199254740993","id":9007199254740993,"v":1.0,"x":{"e":[1e5,-0,12]},"ts":1764150067123456789}';
  expect(fieldsOf(line)).toMatchObject({
    message: '1.0 and 9007199254740993',
    others: [
      ['id', '9007199254740993'],
      ['v', '1.0'],
      ['x', '{"e":[1e5,-0,12]}'],
      ['ts', '1764150067123456789']
    ]
  });
  expect(pretty('{"id":9007199254740993,"v":[1.0]}')).toBe('{\n  "id": 9007199254740993,\n  "v": [\n    1.0\n  ]\n}');
  expect(fieldsOf('{"msg":1.0,"event":"e"}')?.message).toBe('e');
  expect(['{"a":01.0}', '{"a":1.0.0}', '{"a":1.}', '{"a":-}'].map(fieldsOf)).toEqual(Array(4).fill(undefined));
});

it('takes what only looks like JSON for a text', () => {
  expect(fieldsOf('{1.0: "a"}')).toBeUndefined();
});
