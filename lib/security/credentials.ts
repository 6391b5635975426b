/** What an `Authorization` header says. Schemes that nobody knows count as no credentials. */
export type Credentials =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'ApiKey'; readonly id: string; readonly secret: string }
  /** Only to name the user in the refusal: there are no passwords here. */
  | { readonly scheme: 'Basic'; readonly username: string }
  | { readonly scheme: 'Bearer' }
  | { readonly scheme: 'malformed'; readonly kind: 'ApiKey' | 'Basic' };

const header = /^(ApiKey|Basic|Bearer) +(\S.*)$/i;

/** The standard alphabet alone, as Java's decoder takes it: Node's would read anything. */
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Splits at the first colon: ids hold none, secrets may. */
const decodePair = (encoded: string): readonly [string, string] | undefined => {
  if (!base64.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
};

/**
 * Reads an `Authorization` header; the name of the scheme in any case.
 *
 * @param authorization - the header as received, if there was one
 */
export const readCredentials = (authorization: string | undefined): Credentials => {
  const [, scheme, rest = ''] = authorization?.trim().match(header) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'apikey': {
      const [id, secret = ''] = decodePair(rest) ?? [];
      return id ? { scheme: 'ApiKey', id, secret } : { scheme: 'malformed', kind: 'ApiKey' };
    }
    case 'basic': {
      const [username] = decodePair(rest) ?? [];
      return username === undefined ? { scheme: 'malformed', kind: 'Basic' } : { scheme: 'Basic', username };
    }
    case 'bearer':
      return { scheme: 'Bearer' };
    default:
      return { scheme: 'none' };
  }
};
