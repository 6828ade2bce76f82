import { expect, it } from 'vitest';
import { browserOf } from './browser.ts';

const mozilla = 'Mozilla/5.0';
it.each([
  [`${mozilla} (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0`, 'Firefox 132 on Linux'],
  [
    `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`,
    'Safari 18 on macOS'
  ],
  [
    `${mozilla} (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0`,
    'Edge 131 on Windows'
  ],
  [
    `${mozilla} (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36`,
    'Chrome 131 on Android'
  ],
  ['curl/8.5', 'curl/8.5'],
  ['', 'unknown browser']
])('%s is %s', (agent, name) => expect(browserOf(agent)).toBe(name));
