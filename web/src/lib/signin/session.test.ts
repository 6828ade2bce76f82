import { expect, it } from 'vitest';
import { destination } from './session.ts';

it.each([
  ['/services/web?tab=1', '/services/web?tab=1'],
  ['//evil.example', '/services'],
  ['/\\evil.example', '/services'],
  ['https://evil.example', '/services'],
  ['/sign-in?next=/x', '/services'],
  [null, '/services']
])('after signing in, %s leads to %s', (next, path) => expect(destination(next)).toBe(path));
