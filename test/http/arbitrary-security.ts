import fc from 'fast-check';
import { anyValue } from './arbitrary-request.ts';
import { anyInflation, type Inflation, largeBody } from './inflated.ts';
import { nearValid } from './near-valid.ts';

// Requests about API keys: good ones, and such as nearly are.

const creation = [
  { name: 'app', expiration: '1d', role_descriptors: { r: { cluster: ['monitor_inference'] } }, metadata: { a: 1 } },
  { name: 'app', role_descriptors: { r: { cluster: ['all'], indices: [{ names: ['i'], privileges: ['read'] }] } } },
  { name: 'heir' },
];
const invalidation = [
  { ids: ['nobody', 'reader'] },
  { name: 'app*' },
  { owner: true },
  { username: 'elastic', realm_name: 'reserved' },
];
const question = [
  { cluster: ['monitor_inference', 'manage_inference'], index: [], application: [] },
  {
    cluster: ['all'],
    index: [{ names: ['i'], privileges: ['read'] }],
    application: [{ application: 'a', privileges: ['p'], resources: ['r'] }],
  },
];

const oneOf = (bodies: readonly unknown[]) => fc.oneof(...bodies.map((body) => nearValid(body)));

const word = fc.oneof(fc.constantFrom('', 'true', 'false', 'reader', 'app*', 'elastic', 'reserved'), fc.string());

const parameters = fc.dictionary(
  fc.constantFrom(
    'id',
    'name',
    'owner',
    'username',
    'realm_name',
    'with_limited_by',
    'active_only',
    'pretty',
    'refresh',
  ),
  word,
  { maxKeys: 3 },
);

const query = fc.oneof(fc.constant({}), parameters);

const keys = '/_security/api_key';
const privileges = '/_security/user/_has_privileges';
const none = fc.constant(undefined);

/** Any request to the routes of security. */
export const anySecurityRequest = fc.oneof(
  fc.record({ method: fc.constantFrom('POST', 'PUT'), path: fc.constant(keys), query, body: oneOf(creation) }),
  fc.record({ method: fc.constant('GET'), path: fc.constant(keys), query, body: none }),
  fc.record({ method: fc.constant('DELETE'), path: fc.constant(keys), query, body: oneOf(invalidation) }),
  fc.record({ method: fc.constantFrom('GET', 'POST'), path: fc.constant(privileges), query, body: oneOf(question) }),
  fc.record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'DELETE'),
    path: fc.constantFrom('/_security/_authenticate', '/_security', '/_security/user', '/_security/api_key/x'),
    query,
    body: fc.oneof({ weight: 3, arbitrary: none }, { weight: 1, arbitrary: anyValue }),
  }),
);

const sendings = [
  ...creation.map((body) => ({ method: 'POST', path: keys, body })),
  ...invalidation.map((body) => ({ method: 'DELETE', path: keys, body })),
  ...question.map((body) => ({ method: 'POST', path: privileges, body })),
];

/** Which request it is, and how its body has grown. */
export const anyLargeSecurityRequest = fc.record({ sending: fc.nat(), inflation: anyInflation });

/** Makes the request that was described. */
export const largeSecurityRequest = (described: { readonly sending: number; readonly inflation: Inflation }) => {
  const { body, ...target } = sendings[described.sending % sendings.length] ?? { method: 'POST', path: keys, body: {} };
  return { ...target, ...largeBody(body, described.inflation) };
};
