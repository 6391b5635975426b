import { gunzipSync } from 'node:zlib';
import { InferenceError, illegalArgument } from '../api/errors.ts';
import { RouterError } from './router.ts';
import type { Route } from './routes.ts';

const legalEverywhere = ['pretty', 'human', 'error_trace', 'filter_path', 'format'];

/** Bytes of a body as it comes, and as it is once decompressed. */
const receivedLimit = 5 * 1024 * 1024;
const decodedLimit = 16 * 1024 * 1024;

/** The query parameters that are true or false, on whatever route. */
const booleans = ['pretty', 'human', 'error_trace', 'force', 'dry_run'];

/** @throws InferenceError 400 for a query parameter that the route does not know, or one that is neither true nor false */
export const checkParameters = (route: Route, path: string, query: Readonly<Record<string, string>>): void => {
  const known = [...legalEverywhere, ...(route.parameters ?? [])];
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length === 0) {
    for (const name of booleans) booleanParameter(query, name);
    return;
  }
  const plural = unknown.length > 1 ? 'parameters' : 'parameter';
  throw illegalArgument(
    `request [${path}] contains unrecognized ${plural}: ${unknown.map((name) => `[${name}]`).join(', ')}`,
  );
};

/**
 * A boolean query parameter: `true`, `false`, or empty for true.
 *
 * @throws InferenceError 400 for anything else
 */
export const booleanParameter = (query: Readonly<Record<string, string>>, name: string): boolean => {
  const value = query[name];
  if (value === undefined || value === 'false') return false;
  if (value === '' || value === 'true') return true;
  throw illegalArgument(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
};

const mediaType = /^\s*application\/(?:json|vnd\.elasticsearch\+json)\s*(?:;|$)/i;
const compatibleWith = /compatible-with\s*=\s*"?([^;,\s"]+)/i;

const checkVersion = (headers: Readonly<Record<string, string>>, name: 'accept' | 'content-type'): void => {
  const version = headers[name]?.match(compatibleWith)?.[1];
  if (version === undefined || version === '8' || version === '9') return;
  const label = name === 'accept' ? 'Accept' : 'Content-Type';
  throw new InferenceError(
    400,
    'media_type_header_exception',
    'Invalid media-type value on headers [Accept, Content-Type]',
    {
      cause: new InferenceError(
        400,
        'status_exception',
        `${label} version must be either version 9 or 8, but found ${version}. ${label}=${headers[name]}`,
      ),
    },
  );
};

/**
 * Media types and whether there is a body, as the route wants it.
 *
 * @param hasBody - whether any byte was sent
 * @throws RouterError 406 for a media type that is not JSON, InferenceError 400 for a body where none belongs or the other way round
 */
export const checkBody = (
  route: Route,
  path: string,
  headers: Readonly<Record<string, string>>,
  hasBody: boolean,
): void => {
  checkVersion(headers, 'accept');
  checkVersion(headers, 'content-type');
  if (!hasBody) {
    if (route.body === 'required') throw new InferenceError(400, 'parse_exception', 'request body is required');
    return;
  }
  if (route.body === undefined || route.body === 'none')
    throw illegalArgument(`request [${route.method} ${path}] does not support having a body`);
  const contentType = headers['content-type'];
  if (contentType === undefined) throw new RouterError(406, 'Content-Type header is missing');
  if (!mediaType.test(contentType)) throw new RouterError(406, `Content-Type header [${contentType}] is not supported`);
};

const tooLarge = (limit: number) =>
  new InferenceError(
    413,
    'content_too_long_exception',
    `the request body is larger than the ${limit / 1024 / 1024} MiB that are taken`,
  );

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const gunzip = (bytes: Uint8Array): Buffer => {
  try {
    return gunzipSync(bytes, { maxOutputLength: decodedLimit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(decodedLimit);
    throw new InferenceError(400, 'x_content_parse_exception', '[1:1] the request body is no gzip stream');
  }
};

/**
 * The text of a body. The gateway decompresses bodies itself, so only what still is gzip is decompressed here.
 *
 * @throws InferenceError 413 above 5 MiB as received or 16 MiB decompressed
 */
export const bodyText = (body: string, isBase64Encoded: boolean): string => {
  if (!isBase64Encoded) {
    if (Buffer.byteLength(body) > receivedLimit) throw tooLarge(receivedLimit);
    return body;
  }
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length > receivedLimit) throw tooLarge(receivedLimit);
  return (isGzip(bytes) ? gunzip(bytes) : bytes).toString('utf8');
};
