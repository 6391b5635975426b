import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mostValues } from '../../lib/api/json.ts';
import { routes } from '../../lib/http/routes.ts';
import { refused, refusedFor, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, putEndpoint } from '../inference/openai.ts';

const withEndpoint = async () => {
  const whole = createWholeService(scriptedHttp(openai));
  await putEndpoint(whole, 'completion', 'e');
  return whole;
};

const illegal = (reason: string) => refused(400, 'illegal_argument_exception', reason);
const answered = { status: 200, json: { completion: [{ result: 'Hello there' }] } };
const call = { method: 'POST', path: '/_inference/completion/e', body: goodBody.completion };

describe('media types', () => {
  it.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/vnd.elasticsearch+json; compatible-with=9',
    'application/vnd.elasticsearch+json;compatible-with=8',
    'application/vnd.elasticsearch+json',
  ])('%s is taken', async (type) => {
    const whole = await withEndpoint();
    expect(told(await whole.request({ ...call, headers: { 'Content-Type': type, Accept: type } }))).toEqual(answered);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'application/x-ndjson', ''])(
    '%s is refused',
    async (type) => {
      const whole = await withEndpoint();
      const answer = await whole.request({ ...call, headers: { 'Content-Type': type } });
      expect(told(answer)).toEqual({
        status: 406,
        json: { error: `Content-Type header [${type}] is not supported`, status: 406 },
      });
    },
  );

  it('a body without one is refused', async () => {
    const whole = await withEndpoint();
    const answer = await whole.request({ ...call, event: { headers: {} } });
    expect(told(answer)).toEqual({ status: 406, json: { error: 'Content-Type header is missing', status: 406 } });
  });

  it.each([
    ['Accept', 'application/vnd.elasticsearch+json; compatible-with=7', '7'],
    ['Content-Type', 'application/vnd.elasticsearch+json;compatible-with=10', '10'],
    ['Accept', 'application/vnd.elasticsearch+json; compatible-with="x"', 'x'],
  ])('%s of another version is refused: %s', async (name, value, version) => {
    const whole = await withEndpoint();
    const reason = `${name} version must be either version 9 or 8, but found ${version}. ${name}=${value}`;
    expect(told(await whole.request({ ...call, headers: { [name]: value } }))).toEqual(
      refusedFor(
        400,
        {
          type: 'media_type_header_exception',
          reason: 'Invalid media-type value on headers [Accept, Content-Type]',
        },
        { type: 'status_exception', reason },
      ),
    );
  });

  it.each(['GET', 'DELETE'])('one without a body is taken by %s, as clients send it', async (method) => {
    const whole = await withEndpoint();
    const headers = { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=9' };
    expect((await whole.request({ method, path: '/_inference/e', headers })).status).toBe(200);
  });
});

describe('bodies', () => {
  it.each([
    ['GET', '/_inference/e'],
    ['DELETE', '/_inference/completion/e'],
    ['GET', '/_inference'],
    ['GET', '/'],
  ])('%s %s takes none', async (method, path) => {
    const whole = await withEndpoint();
    expect(told(await whole.request({ method, path, body: {} }))).toEqual(
      illegal(`request [${method} ${path}] does not support having a body`),
    );
  });

  it.each([
    ['PUT', '/_inference/completion/e'],
    ['PUT', '/_inference/completion/e/_update'],
    ['POST', '/_inference/completion/e'],
    ['POST', '/_inference/completion/e/_stream'],
    ['POST', '/_inference/chat_completion/e/_stream'],
  ])('%s %s needs one, and says so in JSON', async (method, path) => {
    const whole = await withEndpoint();
    const answer = await whole.request({ method, path, body: '' });
    expect(told(answer)).toEqual(refused(400, 'parse_exception', 'request body is required'));
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('that are no UTF-8 are no JSON either', async () => {
    const whole = await withEndpoint();
    const bytes = Buffer.concat([Buffer.from('{\n"input":"é\ufffd'), Buffer.from([0xff]), Buffer.from('"}')]);
    const error = { type: 'x_content_parse_exception', reason: '[2:12] Invalid UTF-8' };
    const event = { body: bytes.toString('base64'), isBase64Encoded: true };
    expect(
      told(await whole.request({ ...call, event: { ...event, headers: { 'content-type': 'application/json' } } })),
    ).toEqual(refusedFor(400, error, { type: 'json_parse_exception', reason: 'Invalid UTF-8' }, error));
  });

  it.each([
    ['{"input":"a","input":"b"}', '[1:14]', "Duplicate field 'input'", 'parse'],
    ['{"input" "a"}', '[1:10]', 'Unexpected character "\\"": expected ":"', 'parse'],
    ['{"input":"a"} {}', '[1:15]', 'Unexpected character "{": expected nothing behind the value', 'parse'],
    ['{\n "input": "a"', '[2:14]', 'Unexpected end-of-input: expected "," or "}"', 'e_o_f'],
  ])('that are no JSON are refused: %s', async (body, place, reason, kind) => {
    const whole = await withEndpoint();
    const error = { type: `x_content_${kind}_exception`, reason: `${place} ${reason}` };
    expect(told(await whole.request({ ...call, body }))).toEqual(
      refusedFor(400, error, { type: `json_${kind}_exception`, reason }, error),
    );
  });
});

describe('compressed and large bodies', () => {
  const mib = 1024 * 1024;
  const json = JSON.stringify(goodBody.completion);
  const padded = (bytes: number) => json + ' '.repeat(bytes - json.length);
  /** The body, its list of texts and the texts. */
  const ofValues = (count: number) => JSON.stringify({ input: Array(count - 2).fill('') });
  const tooLarge = (most: number) =>
    refused(413, 'content_too_long_exception', `the request body is larger than the ${most} MiB that are taken`);

  it.each([
    ['as text', { body: json }, answered],
    ['in base64', { body: Buffer.from(json).toString('base64'), isBase64Encoded: true }, answered],
    ['compressed', { body: gzipSync(json).toString('base64'), isBase64Encoded: true }, answered],
    ['of 5 MiB', { body: padded(5 * mib) }, answered],
    [
      'of as many values as are taken',
      { body: ofValues(mostValues) },
      refused(400, 'status_exception', 'OpenAI chat completions only accepts 1 input'),
    ],
    [
      'of more values',
      { body: ofValues(mostValues + 1) },
      refused(
        413,
        'content_too_long_exception',
        `the request body holds more than the ${mostValues} values that are taken`,
      ),
    ],
    ['above 5 MiB', { body: padded(5 * mib + 1) }, tooLarge(5)],
    [
      'above 5 MiB in base64',
      { body: Buffer.from(padded(5 * mib + 1)).toString('base64'), isBase64Encoded: true },
      tooLarge(5),
    ],
    ['above 5 MiB in UTF-8', { body: padded(json.length) + '€'.repeat(2 * mib) }, tooLarge(5)],
    [
      'compressed from 16 MiB',
      { body: gzipSync(padded(16 * mib)).toString('base64'), isBase64Encoded: true },
      answered,
    ],
    [
      'compressed from more than 16 MiB',
      { body: gzipSync(padded(16 * mib + 1)).toString('base64'), isBase64Encoded: true },
      tooLarge(16),
    ],
    [
      'compressed and cut short',
      { body: gzipSync(json).subarray(0, 20).toString('base64'), isBase64Encoded: true },
      refused(400, 'x_content_parse_exception', '[1:1] the request body is no gzip stream'),
    ],
  ])('a body %s', async (_, event, expected) => {
    const whole = await withEndpoint();
    const headers = { 'content-type': 'application/json' };
    const answer = await whole.request({ method: 'POST', path: '/_inference/e', headers, event });
    expect(told(answer)).toEqual(expected);
  });
});

describe('query parameters', () => {
  it.each(routes)('$method $path takes those that are legal everywhere and its own, and no other', async (route) => {
    const whole = createWholeService(scriptedHttp(openai));
    const path = route.path.replace('{task_type}', 'completion').replace('{inference_id}', 'e');
    const own = 'parameters' in route ? route.parameters : [];
    const legal = ['pretty', 'human', 'error_trace', 'filter_path', 'format', ...own];
    const ask = (query: Readonly<Record<string, string>>) => whole.request({ method: route.method, path, query });

    const asked = await ask({ ...Object.fromEntries(legal.map((name) => [name, ''])), timeout: '1s', nope: '' });
    const timeout = legal.includes('timeout') ? '' : ', [timeout]';
    expect(asked.json).toMatchObject({
      error: {
        reason: `request [${path}] contains unrecognized parameter${timeout ? 's' : ''}: [nope]${timeout}`,
      },
    });
  });

  it.each([
    ['POST', { timeot: '1s' }, ': [timeot] -> did you mean [timeout]?'],
    ['POST', { prety: '', nothing: '' }, 's: [nothing], [prety] -> did you mean [pretty]?'],
    ['DELETE', { dryrun: '', forced: '' }, 's: [dryrun] -> did you mean [dry_run]?, [forced] -> did you mean [force]?'],
    ['DELETE', { forma: '' }, ': [forma] -> did you mean any of [format, force]?'],
    ['GET', { timeout: '1s', Pretty: '' }, 's: [Pretty] -> did you mean [pretty]?, [timeout]'],
    ['GET', Object.fromEntries([['__proto__', 'x']]), ': [__proto__]'],
  ])('%s with %j tells what may have been meant', async (method, query, told_) => {
    const whole = await withEndpoint();
    const answer = await whole.request({ ...(method === 'POST' ? call : { method, path: '/_inference/e' }), query });
    const path = method === 'POST' ? call.path : '/_inference/e';
    expect(told(answer)).toEqual(illegal(`request [${path}] contains unrecognized parameter${told_}`));
  });

  it.each([
    ['true', 200],
    ['false', 200],
    ['', 200],
  ])('are true or false: %j', async (value, status) => {
    const whole = await withEndpoint();
    for (const name of ['pretty', 'human', 'error_trace'])
      expect((await whole.request({ method: 'GET', path: '/_inference', query: { [name]: value } })).status).toBe(
        status,
      );
  });

  it.each([
    ['GET', 'pretty', 'yes'],
    ['GET', 'human', '1'],
    ['GET', 'error_trace', 'TRUE'],
    ['DELETE', 'force', 'no'],
    ['DELETE', 'dry_run', ' true'],
  ])('%s refuses %s=%j', async (method, name, value) => {
    const whole = await withEndpoint();
    expect(told(await whole.request({ method, path: '/_inference/e', query: { [name]: value } }))).toEqual(
      illegal(`Failed to parse value [${value}] as only [true] or [false] are allowed.`),
    );
    expect((await whole.endpoints.list()).length).toBe(1);
  });

  it.each(['0', '-1', '1d', '1nanos', '30s', '200ms'])('timeout=%s is taken', async (timeout) => {
    const whole = await withEndpoint();
    expect(told(await whole.request({ ...call, query: { timeout } }))).toEqual(answered);
  });

  it.each([
    ['30', 'failed to parse setting [timeout] with value [30] as a time value: unit is missing or unrecognized'],
    ['abc', 'failed to parse setting [timeout] with value [abc] as a time value: unit is missing or unrecognized'],
    ['', 'failed to parse setting [timeout] with value [] as a time value: unit is missing or unrecognized'],
    ['1.5s', 'failed to parse [1.5s], fractional time values are not supported'],
    ['-5s', 'failed to parse setting [timeout] with value [-5s] as a time value: negative durations are not supported'],
  ])('timeout=%s is refused', async (timeout, reason) => {
    const whole = await withEndpoint();
    for (const [method, path] of [
      ['POST', '/_inference/e'],
      ['POST', '/_inference/e/_stream'],
      ['PUT', '/_inference/completion/f'],
      ['PUT', '/_inference/completion/e/_update'],
    ] as const)
      expect(told(await whole.request({ ...call, method, path, query: { timeout } }))).toEqual(illegal(reason));
  });
});
