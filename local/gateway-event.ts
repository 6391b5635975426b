import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { GatewayEvent } from '../lib/http/event.ts';

/** Path and query as they were sent: of the absolute form, which proxies use, without the origin. */
const splitTarget = (target: string): readonly [path: string, query: string | undefined] => {
  const relative = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '') || '/';
  const mark = relative.indexOf('?');
  return mark < 0 ? [relative, undefined] : [relative.slice(0, mark), relative.slice(mark + 1)];
};

const singleValues = (headers: IncomingHttpHeaders): Record<string, string> => {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // Node makes a list of `set-cookie` alone, which belongs in answers.
    if (typeof value === 'string') single[name] = value;
  }
  return single;
};

/** As the gateway hands a body on: as text, or in base64 where it is compressed or no text. */
const bodyOf = (bytes: Buffer, headers: IncomingHttpHeaders) => {
  if (bytes.length === 0) return { body: null, isBase64Encoded: false };
  const isText = headers['content-encoding'] === undefined && isUtf8(bytes);
  return { body: bytes.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
};

/**
 * A request as API Gateway's REST proxy event, with the keys that are read of one.
 *
 * @param bytes - the body as received
 */
export const createEvent = (
  { method = '', url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  bytes: Buffer,
) => {
  const [path, query] = splitTarget(url);
  return {
    httpMethod: method,
    path,
    headers: singleValues(headers),
    // Of a name that stands more than once the last value counts.
    queryStringParameters: query ? Object.fromEntries(new URLSearchParams(query)) : null,
    ...bodyOf(bytes, headers),
    requestContext: { requestId: randomUUID() },
  } satisfies GatewayEvent;
};
