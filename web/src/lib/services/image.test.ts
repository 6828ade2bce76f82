import { expect, it } from 'vitest';
import { imageParts } from './image.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

it.each([
  ['redis:7.4', '', 'redis', ':7.4'],
  ['ghcr.io/acme/api:2.8.0', 'ghcr.io/acme/', 'api', ':2.8.0'],
  ['localhost:5000/web', 'localhost:5000/', 'web', ''],
  [`web@${digest}`, '', 'web', '@01234567'],
  [`web:1@${digest}`, '', 'web', ':1']
])('%s is %s, %s and %s', (reference, from, name, tag) => expect(imageParts(reference)).toEqual({ from, name, tag }));
