import { didYouMean } from '../api/did-you-mean.ts';
import { InferenceError, illegalArgument } from '../api/errors.ts';
import { RouterError } from './router.ts';
import type { Route } from './routes.ts';

const legalEverywhere = ['pretty', 'human', 'error_trace', 'filter_path', 'format'];

/** The query parameters that are true or false, on whatever route. */
const booleans = ['pretty', 'human', 'error_trace', 'force', 'dry_run'];

/** A name that is no parameter, with those that may have been meant. */
const unrecognized = (name: string, known: readonly string[]): string => {
  const suggestion = didYouMean(name, known);
  return `[${name}]${suggestion && ` ->${suggestion}`}`;
};

/**
 * Unknown parameters are named in the order of their names, each with what may have been meant.
 *
 * @throws InferenceError 400 for a query parameter that the route does not know, or one that is neither true nor false
 */
export const checkParameters = (route: Route, path: string, query: Readonly<Record<string, string>>): void => {
  const known = [...legalEverywhere, ...(route.parameters ?? [])];
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length === 0) {
    for (const name of booleans) booleanParameter(query, name);
    return;
  }
  const plural = unknown.length > 1 ? 'parameters' : 'parameter';
  const names = unknown.sort().map((name) => unrecognized(name, known));
  throw illegalArgument(`request [${path}] contains unrecognized ${plural}: ${names.join(', ')}`);
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
