import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { HostUsageSchema } from '#lib/gen/composia/v1/usage_pb.ts';
import { readingAfter } from './network.ts';

const host = (uptimeS: number, received: number, sent = 500) =>
  create(HostUsageSchema, { uptimeS, receivedBytes: BigInt(received), sentBytes: BigInt(sent) });

it('has a rate by the time that has passed on the host', () => {
  const first = readingAfter(undefined, host(100, 1000));
  expect(first.rate).toBeUndefined();
  expect(readingAfter(first, host(105, 6000)).rate).toEqual({ received: 1000, sent: 0 });
});

it('keeps its rate when a reading is told again', () => {
  const first = readingAfter(undefined, host(100, 1000));
  expect(readingAfter(first, host(100, 1000))).toBe(first);
  const second = readingAfter(first, host(105, 6000));
  expect(readingAfter(second, host(105, 6000)).rate).toEqual({ received: 1000, sent: 0 });
});

it.each([
  ['the host', host(20, 9000)],
  ['what it has received', host(900, 10)],
  ['what it has sent', host(900, 9000, 10)]
])('knows no rate when %s was begun anew, and one from then on', (_, now) => {
  const anew = readingAfter(readingAfter(undefined, host(100, 1000)), now);
  expect(anew.rate).toBeUndefined();
  const next = host(now.uptimeS + 2, Number(now.receivedBytes) + 10, Number(now.sentBytes) + 4);
  expect(readingAfter(anew, next).rate).toEqual({ received: 5, sent: 2 });
});
