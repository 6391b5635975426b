import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardedConnector, guardedLookup, isPublicAddress, type Resolver } from '../../lib/transport/address-guard.ts';
import { OutboundError } from '../../lib/transport/types.ts';

/** First and last address of each block that is not public. */
const specialIpv4 = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
] as const;

const toNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const toHex = (value: number) => [(value >>> 16) & 0xffff, value & 0xffff].map((part) => part.toString(16)).join(':');

/** Every way to write an IPv4 address into an IPv6 one that reaches it. */
const embeddings = (value: number) => [
  `::ffff:${toAddress(value)}`,
  `::ffff:${toHex(value)}`,
  `0:0:0:0:0:FFFF:${toHex(value)}`,
  `64:ff9b::${toAddress(value)}`,
  `64:ff9b::${toHex(value)}`,
];

const inSpecial = fc
  .constantFrom(...specialIpv4)
  .chain(([first, last]) => fc.integer({ min: toNumber(first), max: toNumber(last) }));
const outside = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .filter((value) => !specialIpv4.some(([first, last]) => value >= toNumber(first) && value <= toNumber(last)));

describe('isPublicAddress', () => {
  it.each(specialIpv4)('refuses %s to %s and what surrounds it not', (first, last) => {
    expect([first, last].map(isPublicAddress)).toEqual([false, false]);
  });

  it('refuses every special IPv4 address, however it is embedded in IPv6', () => {
    fc.assert(
      fc.property(inSpecial, (value) => {
        const written = [toAddress(value), ...embeddings(value)];
        expect(written.filter(isPublicAddress)).toEqual([]);
      }),
    );
  });

  it('takes every other IPv4 address, mapped and translated too', () => {
    fc.assert(
      fc.property(outside, (value) => {
        const written = [toAddress(value), ...embeddings(value)];
        expect(written.filter((address) => !isPublicAddress(address))).toEqual([]);
      }),
    );
  });

  it.each([
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['former IPv4-compatible', '::127.0.0.1'],
    ['local NAT64', '64:ff9b:1::8.8.8.8'],
    ['discard-only', '100::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['benchmarking', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['6to4 of 127.0.0.1', '2002:7f00:1::1'],
    ['6to4 of 10.0.0.1', '2002:a00:1::'],
    ['documentation', '3fff:fff::1'],
    ['segment routing', '5f00::1'],
    ['unique local', 'fc00::1'],
    ['unique local: AWS metadata', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['global with a zone', '2606:4700::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['no address', 'localhost'],
    ['nothing', ''],
  ])('refuses %s (%s)', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '2001:200::1',
    '2001:4860:4860::8888',
    '2003::1',
    '2606:4700:4700::1111',
    '2a00:1450:4001:82f::200e',
    '3ffe::1',
  ])('takes the global address %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

const ipv4 = (address: string): LookupAddress => ({ address, family: 4 });
const ipv6 = (address: string): LookupAddress => ({ address, family: 6 });
const answering =
  (...addresses: LookupAddress[]): Resolver =>
  (_hostname, _options, callback) =>
    callback(null, addresses);

const look = (resolve: Resolver, all: boolean) =>
  new Promise((settle) => guardedLookup(resolve)('a.example', { all }, (...answer) => settle(answer)));

describe('guardedLookup', () => {
  const mixed = answering(ipv4('10.0.0.1'), ipv6('fe80::1'), ipv6('2606:4700::1'), ipv4('8.8.8.8'));

  it('leaves only the public addresses of a name', async () => {
    expect(await look(mixed, true)).toEqual([null, [ipv6('2606:4700::1'), ipv4('8.8.8.8')]]);
  });

  it('gives the first public address to who asks for one', async () => {
    expect(await look(mixed, false)).toEqual([null, '2606:4700::1', 6]);
  });

  it.each([true, false])('refuses a name without a public address (all: %s)', async (all) => {
    const answer = await look(answering(ipv4('127.0.0.1'), ipv6('::1'), ipv4('169.254.169.254')), all);
    expect(answer).toEqual([new OutboundError('unknown_host', 'a.example'), []]);
  });

  it('passes on what the resolver says', async () => {
    const error = new Error('no such name');
    expect(await look((_hostname, _options, callback) => callback(error, []), true)).toEqual([error, []]);
  });
});

describe('guardedConnector', () => {
  const connect = (hostname: string, resolve: Resolver) =>
    new Promise((settle) =>
      guardedConnector({}, resolve)({ hostname, protocol: 'http:', port: '9' }, (...answer) => settle(answer)),
    );

  it.each(['127.0.0.1', '::1', '::ffff:7f00:1', '169.254.169.254'])(
    'refuses %s in a URL, which is never looked up',
    async (hostname) => {
      const answer = await connect(hostname, answering(ipv4('8.8.8.8')));
      expect(answer).toEqual([new OutboundError('unknown_host', hostname), null]);
    },
  );

  it('refuses a public name with a private address', async () => {
    const answer = await connect('rebinding.example', answering(ipv4('127.0.0.1')));
    expect(answer).toEqual([new OutboundError('unknown_host', 'rebinding.example')]);
  });
});
