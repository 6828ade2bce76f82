/** A port of a host that a service publishes. */
export interface PublishedPort {
  node: string;
  number: number;
  protocol: string;
  /** The address of the host that it is bound to; empty is every one. */
  address: string;
}

/**
 * Where a browser finds a published port: at the address that it is bound to, else at that of its node. Of a loopback address
 * it is taken that the page came from there too. Empty where there is nothing to open.
 */
export function portHref(port: PublishedPort, nodeAddress: string, pageHost: string): string {
  const address = port.address || nodeAddress;
  if (port.protocol !== 'tcp' || !address) return '';
  const host = isLoopback(address) ? pageHost : address.includes(':') ? `[${address.split('%', 1)[0]}]` : address;
  return `${[443, 8443].includes(port.number) ? 'https' : 'http'}://${host}:${port.number}`;
}

/** How a port is written: `8080`, `53/udp`. */
export function portText(port: PublishedPort): string {
  return port.protocol === 'tcp' ? String(port.number) : `${port.number}/${port.protocol}`;
}

/** Each port once, by number and node: of one that is bound to several addresses, the one that is reached from most places. */
export function distinctPorts(ports: readonly PublishedPort[]): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const port of ports) {
    const key = `${port.node} ${portText(port)}`;
    const open = { ...port, address: isEverywhere(port.address) ? '' : port.address };
    const known = found.get(key);
    if (!known || reach(open.address) > reach(known.address)) found.set(key, open);
  }
  return [...found.values()].sort((a, b) => a.number - b.number || (a.node < b.node ? -1 : 1));
}

function reach(address: string): number {
  return address === '' ? 2 : isLoopback(address) ? 0 : 1;
}

function isEverywhere(address: string): boolean {
  return ['', '0.0.0.0', '::'].includes(address);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}
