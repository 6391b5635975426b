import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { OutboundError } from './types.ts';

/**
 * IPv4 blocks that no public service lives in.
 *
 * @see IANA IPv4 Special-Purpose Address Registry
 */
const specialIpv4 = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; clouds keep credentials there
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // former 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const;

/**
 * Blocks inside IPv6's global unicast that no public service lives in.
 *
 * @see IANA IPv6 Special-Purpose Address Registry
 */
const specialIpv6 = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which may hide any IPv4 address
  ['3fff::', 20], // documentation
] as const;

/** Where a network without IPv4 finds IPv4 hosts (NAT64, RFC 6052): as public as the address inside. */
const nat64 = '64:ff9b::';

const special = new BlockList();
for (const [network, prefix] of specialIpv4) {
  special.addSubnet(network, prefix, 'ipv4'); // finds IPv4-mapped IPv6 addresses too
  special.addSubnet(`${nat64}${network}`, 96 + prefix, 'ipv6');
}
for (const [network, prefix] of specialIpv6) special.addSubnet(network, prefix, 'ipv6');

const publicIpv6 = new BlockList();
publicIpv6.addSubnet('2000::', 3, 'ipv6'); // global unicast; loopback, unique local, link-local, multicast lie outside
publicIpv6.addSubnet(nat64, 96, 'ipv6');
publicIpv6.addSubnet('::ffff:0:0', 96, 'ipv6'); // IPv4-mapped

/**
 * Whether an address may be called in the name of a caller: not loopback, private, link-local or otherwise special, nor an IPv6 form of
 * such an IPv4 address.
 *
 * @param address - IPv4 or IPv6; anything else is not public
 */
export const isPublicAddress = (address: string): boolean => {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      // A zone (`%eth0`) names an interface, which only link-local addresses need.
      return !address.includes('%') && publicIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
};

/** Asks for all addresses of a name, as `dns.lookup` does. */
export type Resolver = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A lookup for `net.connect` that leaves out what is not public. The socket connects to the very addresses checked here, so a name whose
 * answer changes in between gains nothing.
 */
export const guardedLookup =
  (resolve: Resolver): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = found.filter(({ address }) => isPublicAddress(address));
      const [first] = addresses;
      if (!first) return callback(new OutboundError('unknown_host', hostname), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });

/**
 * Connects to public addresses only, by name or as written in the URL.
 *
 * @returns a connector whose callback gets OutboundError `unknown_host` instead of a socket to any other address
 */
export const guardedConnector = (
  options: buildConnector.BuildOptions,
  resolve: Resolver = lookup,
): buildConnector.connector => {
  const connect = buildConnector({ ...options, lookup: guardedLookup(resolve) });
  return (target, callback) => {
    // An address in the URL needs no lookup, so nothing else would check it.
    if (isIP(target.hostname) === 0 || isPublicAddress(target.hostname)) return connect(target, callback);
    queueMicrotask(() => callback(new OutboundError('unknown_host', target.hostname), null));
  };
};
