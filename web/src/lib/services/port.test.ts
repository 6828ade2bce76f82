import { describe, expect, it } from 'vitest';
import { distinctPorts, portHref, portText, type PublishedPort } from './port.ts';

function port(number: number, more: Partial<PublishedPort> = {}): PublishedPort {
  return { node: 'n1', number, protocol: 'tcp', address: '', ...more };
}

describe('a published port', () => {
  it.each([
    [port(8080), '10.0.0.5', 'http://10.0.0.5:8080'],
    [port(8080, { address: '192.168.1.2' }), '10.0.0.5', 'http://192.168.1.2:8080'],
    [port(443), '10.0.0.5', 'https://10.0.0.5:443'],
    [port(8080), 'fd00::5', 'http://[fd00::5]:8080'],
    [port(8080), '127.0.0.1', 'http://page.test:8080'],
    [port(8080, { address: '127.0.0.1' }), '10.0.0.5', 'http://page.test:8080'],
    [port(53, { protocol: 'udp' }), '10.0.0.5', ''],
    [port(8080), '', '']
  ])('%o of a node at %s is opened as %s', (one, address, href) =>
    expect(portHref(one, address, 'page.test')).toBe(href)
  );

  it('says its protocol when that is not tcp', () => {
    expect(portText(port(8080))).toBe('8080');
    expect(portText(port(53, { protocol: 'udp' }))).toBe('53/udp');
  });
});

it('takes each port once, at its most open address, by number', () => {
  const ports = [
    port(8080, { address: '127.0.0.1' }),
    port(8080, { address: '::' }),
    port(22),
    port(8080, { node: 'n2' }),
    port(8080, { protocol: 'udp' })
  ];
  expect(distinctPorts(ports).map((one) => `${one.node} ${portText(one)} ${one.address}`)).toEqual([
    'n1 22 ',
    'n1 8080 ',
    'n1 8080/udp ',
    'n2 8080 '
  ]);
});
