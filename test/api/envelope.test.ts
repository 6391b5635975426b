import { describe, expect, it } from 'vitest';
import { chatEnvelope, publicError, standardEnvelope, statusName } from '../../lib/api/envelope.ts';
import {
  actionRequestValidation,
  endpointExists,
  endpointNotFound,
  InferenceError,
  illegalArgument,
  parseException,
  requestTimedOut,
  statusException,
  validationException,
} from '../../lib/api/errors.ts';

const at = { line: 2, column: 7 };
const invalid = new InferenceError(400, 'json_parse_exception', 'no JSON');

const most = 100_000;

describe('a message', () => {
  it.each([
    ['as long as an answer shows', 'x'.repeat(most), 'x'.repeat(most)],
    ['one character longer', 'x'.repeat(most + 1), `${'x'.repeat(most)}… (100001 characters)`],
    ['far longer', 'é'.repeat(3e6), `${'é'.repeat(most)}… (3000000 characters)`],
    ['that would end within a character', `${'x'.repeat(most - 1)}😀x`, `${'x'.repeat(most - 1)}… (100002 characters)`],
  ])('%s', (_, message, reason) => {
    const error = statusException(400, message, { cause: illegalArgument(message) });
    expect(standardEnvelope(error).error).toEqual({
      root_cause: [{ type: 'status_exception', reason }],
      type: 'status_exception',
      reason,
      caused_by: { type: 'illegal_argument_exception', reason },
    });
    expect(chatEnvelope(error).error.message).toBe(reason);
  });
});

describe('the standard envelope', () => {
  it.each([
    [statusException(409, 'busy'), 409, 'status_exception', 'busy'],
    [illegalArgument('odd'), 400, 'illegal_argument_exception', 'odd'],
    [validationException(['a', 'b']), 400, 'validation_exception', 'Validation Failed: 1: a;2: b;'],
    [actionRequestValidation(['a']), 400, 'action_request_validation_exception', 'Validation Failed: 1: a;'],
    [parseException(at, 'what'), 400, 'x_content_parse_exception', '[2:7] what'],
    [endpointNotFound('e'), 404, 'resource_not_found_exception', 'Inference endpoint not found [e]'],
    [endpointExists('e'), 400, 'resource_already_exists_exception', 'Inference endpoint [e] already exists'],
    [requestTimedOut('30s', 'e'), 429, 'timeout_exception', 'Request timed out after [30s] for inference id [e]'],
  ])('of an error without a cause names it twice: %s', (error, status, type, reason) => {
    expect(standardEnvelope(error)).toEqual({ error: { root_cause: [{ type, reason }], type, reason }, status });
  });

  it('has its keys in Elasticsearch’s order', () => {
    const error = new InferenceError(401, 'security_exception', 'who?', {
      header: { 'WWW-Authenticate': ['ApiKey'] },
      details: { additional_unsuccessful_credentials: 'API key: expired' },
      cause: statusException(400, 'inner'),
    });
    expect(JSON.stringify(standardEnvelope(error))).toBe(
      '{"error":{"root_cause":[{"type":"status_exception","reason":"inner"}],"type":"security_exception","reason":"who?","additional_unsuccessful_credentials":"API key: expired","header":{"WWW-Authenticate":["ApiKey"]},"caused_by":{"type":"status_exception","reason":"inner"}},"status":401}',
    );
  });

  const chain = (...errors: readonly InferenceError[]): InferenceError => {
    const [first = invalid, ...rest] = errors;
    return new InferenceError(
      first.status,
      first.type,
      first.message,
      rest.length > 0 ? { cause: chain(...rest) } : {},
    );
  };

  // Elasticsearch looks through its own errors, and through parse errors to parse errors and to its own, but not to Java's.
  it.each([
    ['an own error in an own error', [statusException(400, 'outer'), statusException(401, 'inner')], 'inner'],
    ['the innermost of three', [statusException(400, 'a'), statusException(401, 'b'), statusException(404, 'c')], 'c'],
    ['an own error in a parse error', [parseException(at, 'outer'), statusException(400, 'inner')], 'inner'],
    ['a parse error in a parse error', [parseException(at, 'outer'), parseException(at, 'inner')], '[2:7] inner'],
    [
      'a parse error around a bad argument',
      [parseException(at, 'outer'), parseException(at, 'inner'), illegalArgument('odd')],
      '[2:7] inner',
    ],
    ['the parse error around what the parser of JSON says', [parseException(at, 'outer'), invalid], '[2:7] outer'],
    ['an own error around a bad argument', [statusException(400, 'outer'), illegalArgument('odd')], 'outer'],
    ['an own error around a parse error', [statusException(400, 'outer'), parseException(at, 'inner')], 'outer'],
  ])('names as the root %s', (_, errors, root) => {
    const { error, status } = standardEnvelope(chain(...errors));
    expect(error.root_cause).toEqual([{ type: expect.any(String), reason: root }]);
    expect(status).toBe(errors[0]?.status);
    // The whole chain stands under `caused_by`.
    const reasons: unknown[] = [];
    for (let link: unknown = error; link !== undefined; link = Object(link).caused_by)
      reasons.push(Object(link).reason);
    expect(reasons).toEqual(errors.map(({ message }) => message));
  });

  it('says nothing of a cause that is none of its own errors', () => {
    const error = statusException(500, 'Failed to store', { cause: new Error('sk-secret') });
    expect(JSON.stringify(standardEnvelope(error))).not.toContain('sk-secret');
  });
});

describe('the chat envelope', () => {
  it.each([
    [statusException(400, 'no'), '{"error":{"code":"bad_request","message":"no","type":"status_exception"}}'],
    [
      requestTimedOut('2m', 'e'),
      '{"error":{"code":"too_many_requests","message":"Request timed out after [2m] for inference id [e]","type":"timeout_exception"}}',
    ],
    [
      new InferenceError(401, 'status_exception', 'bad key', {
        chat: { type: 'invalid_request_error', code: 'invalid_api_key', param: 'key' },
      }),
      '{"error":{"code":"invalid_api_key","message":"bad key","param":"key","type":"invalid_request_error"}}',
    ],
    [
      new InferenceError(400, 'status_exception', 'x', { chat: { code: 'stream_error' } }),
      '{"error":{"code":"stream_error","message":"x","type":"status_exception"}}',
    ],
    [new InferenceError(400, 'a', 'x', { chat: {} }), '{"error":{"message":"x","type":"a"}}'],
  ])('is written as %s is, in order and without a status', (error, text) => {
    expect(JSON.stringify(chatEnvelope(error))).toBe(text);
  });

  it.each([
    [302, 'found'],
    [307, 'temporary_redirect'],
    [400, 'bad_request'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [407, 'proxy_authentication'],
    [408, 'request_timeout'],
    [414, 'request_uri_too_long'],
    [416, 'requested_range_not_satisfied'],
    [423, 'locked'],
    [429, 'too_many_requests'],
    [500, 'internal_server_error'],
  ])('calls status %i %s', (status, name) => {
    expect(statusName(status)).toBe(name);
  });
});

describe('what the caller may see of a failure', () => {
  it('is an error of this service as it is', () => {
    const error = statusException(400, 'x');
    expect(publicError(error)).toBe(error);
  });

  it.each([new Error('sk-secret'), 'sk-secret', undefined, { message: 'sk-secret' }, new DOMException('sk-secret')])(
    'is nothing of anything else: %s',
    (failure) => {
      const error = publicError(failure);
      expect(error).toMatchObject({ status: 500, type: 'exception' });
      expect(JSON.stringify([standardEnvelope(error), chatEnvelope(error)])).not.toContain('sk-secret');
    },
  );
});
