import { expect, it } from 'vitest';
import { crumbs } from './crumbs.ts';

it('leads from the place to the view', () => {
  expect(crumbs('/services/my-web/logs')).toEqual([
    { name: 'Services', href: '/services' },
    { name: 'my-web', href: '/services/my-web' },
    { name: 'Logs', href: '/services/my-web/logs' }
  ]);
});

it('leads nowhere from the beginning', () => expect(crumbs('/')).toEqual([]));
