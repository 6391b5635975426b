import { InferenceError } from '../api/errors.ts';

/** What a client may authenticate with, as Elasticsearch lists it. */
const challenges = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', 'ApiKey'];

const unauthorized = (reason: string, details?: Readonly<Record<string, unknown>>): InferenceError =>
  new InferenceError(401, 'security_exception', reason, {
    header: { 'WWW-Authenticate': challenges },
    ...(details && { details }),
  });

/** @param target - path and query of the request */
export const missingCredentials = (target: string): InferenceError =>
  unauthorized(`missing authentication credentials for REST request [${target}]`);

/** @param why - what is wrong with the credentials, as Elasticsearch tells it beside the reason; never a secret */
export const badCredentials = (why?: string): InferenceError =>
  unauthorized(
    'unable to authenticate with provided credentials and anonymous access is not allowed for this request',
    why === undefined ? undefined : { additional_unsuccessful_credentials: why },
  );

export const badPassword = (username: string, target: string): InferenceError =>
  unauthorized(`unable to authenticate user [${username}] for REST request [${target}]`);

export const malformedBasic = (): InferenceError => unauthorized('invalid basic authentication header value');
