/** Where a request goes. `trusted`: the operator chose the address, so it may be private. */
export type Target = { readonly url: string; readonly trusted: boolean };

export type Egress = {
  /** @param url - as the service knows it; one that is no URL comes back as it is */
  readonly resolve: (url: string) => Target;
};

const parse = (url: string): URL | undefined => URL.parse(url) ?? undefined;

const isPlain = ({ protocol, username, password, search, hash }: URL): boolean =>
  ['http:', 'https:'].includes(protocol) && `${username}${password}${search}${hash}` === '';

const readOrigin = (key: string): string => {
  const url = key === '*' ? undefined : parse(key);
  if (key === '*') return key;
  if (!url || !isPlain(url) || url.pathname !== '/')
    throw new Error(`INLET_EGRESS maps from an origin such as https://api.openai.com, or from *, not from ${key}`);
  return url.origin;
};

const readBase = (base: string): string => {
  const url = parse(base.replaceAll('{host}', 'host.example'));
  if (!url || !isPlain(url))
    throw new Error(`INLET_EGRESS maps to a base URL such as http://127.0.0.1:9000/{host}, not to ${base}`);
  return base.replace(/\/+$/, '');
};

/**
 * Sends outbound requests elsewhere: to a recording, a proxy, a fake service. Path and query stay byte for byte, since a signature may
 * cover them.
 *
 * @param map - from an origin, or `*` for all others, to a base URL in which `{host}` stands for the host asked for (with its port
 *   where that is not the scheme's own)
 * @param addressOf - where a host is whose origin the map does not have, such as AWS's by its own variables
 * @throws Error naming `INLET_EGRESS` when a key is no origin or a value no base URL
 */
export const createEgress = (
  map: Readonly<Record<string, string>>,
  addressOf: (host: string) => string | undefined = () => undefined,
): Egress => {
  const bases = new Map(Object.entries(map).map(([key, base]) => [readOrigin(key), readBase(base)]));
  return {
    resolve: (url) => {
      const asked = parse(url);
      const base = asked && (bases.get(asked.origin) ?? bases.get('*') ?? addressOf(asked.host));
      // A function, so that a `$` of the host is no pattern.
      return base
        ? { url: `${base.replaceAll('{host}', () => asked.host)}${asked.pathname}${asked.search}`, trusted: true }
        : { url, trusted: false };
    },
  };
};
