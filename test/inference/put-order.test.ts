import { describe, expect, it } from 'vitest';
import type { ModelStore } from '../../lib/inference/ports.ts';
import { refused, refusedFor, told, validationCallFailed } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices } from './ml-node.ts';
import { apiKey, endpointBody, putEndpoint, refusal } from './openai.ts';

/** A PUT in the making: each check has one change that breaks it. */
type Draft = {
  readonly taskType: string | undefined;
  readonly id: string;
  /** The one endpoint that there is already. */
  readonly stored: string;
  /** What the endpoint that is there already is of. */
  readonly storedBody: object;
  /** The id of the one uploaded model, where there is one. */
  readonly uploaded: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string | undefined;
  readonly root: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
};

const good: Draft = {
  taskType: 'text_embedding',
  id: 'new',
  stored: 'other',
  storedBody: endpointBody(),
  uploaded: undefined,
  query: {},
  contentType: 'application/json',
  body: 'given',
  root: { service: 'openai' },
  settings: { model_id: 'a-model', api_key: apiKey },
};

const statusException = (reason: string) => refused(400, 'status_exception', reason);
const invalid = (reason: string) => refused(400, 'validation_exception', `Validation Failed: 1: ${reason};`);
const trailingComma = 'Unexpected character "}": expected a key in double quotes';
const inSettings = (change: object) => (draft: Draft) => ({ ...draft, settings: { ...draft.settings, ...change } });
const inRoot = (change: object) => (draft: Draft) => ({ ...draft, root: { ...draft.root, ...change } });

const checks: readonly (readonly [name: string, break_: (draft: Draft) => Draft, answer: object])[] = [
  ['the task type of the path', (d) => ({ ...d, taskType: 'nope' }), statusException('Unknown task_type [nope]')],
  [
    'the query',
    (d) => ({ ...d, query: { ...d.query, nope: '1' } }),
    refused(
      400,
      'illegal_argument_exception',
      'request [/_inference/text_embedding/new] contains unrecognized parameter: [nope]',
    ),
  ],
  [
    'the timeout',
    (d) => ({ ...d, query: { ...d.query, timeout: '30' } }),
    refused(
      400,
      'illegal_argument_exception',
      'failed to parse setting [timeout] with value [30] as a time value: unit is missing or unrecognized',
    ),
  ],
  [
    'the media type',
    (d) => ({ ...d, contentType: 'text/plain' }),
    { status: 406, json: { error: 'Content-Type header [text/plain] is not supported', status: 406 } },
  ],
  [
    'that there is a body',
    (d) => ({ ...d, body: undefined }),
    refused(400, 'parse_exception', 'request body is required'),
  ],
  [
    'the inference id',
    (d) => ({ ...d, id: 'Not-Good' }),
    refused(
      400,
      'action_request_validation_exception',
      "Validation Failed: 1: Invalid inference_id; 'Not-Good' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric;",
    ),
  ],
  [
    'the JSON',
    (d) => ({ ...d, body: '{"service":"openai",}' }),
    refusedFor(
      400,
      { type: 'x_content_parse_exception', reason: `[1:21] ${trailingComma}` },
      { type: 'json_parse_exception', reason: trailingComma },
      { type: 'x_content_parse_exception', reason: `[1:21] ${trailingComma}` },
    ),
  ],
  [
    'the task type',
    (d) => ({ ...d, taskType: undefined }),
    statusException('model is missing required setting [task_type]'),
  ],
  [
    'the service',
    inRoot({ service: undefined }),
    statusException('Inference endpoint configuration is missing the [service] setting'),
  ],
  ['the name of the service', inRoot({ service: 'nope' }), statusException('Unknown service [nope]')],
  [
    'the ids of uploaded models',
    (d) => ({ ...d, uploaded: 'new' }),
    statusException(
      'Inference endpoint IDs must be unique. Requested inference endpoint ID [new] matches existing trained model ID(s) but must not.',
    ),
  ],
  [
    'the service settings',
    inRoot({ service_settings: null }),
    statusException('Missing required field [service_settings]'),
  ],
  [
    'the chunking settings',
    inRoot({ chunking_settings: { strategy: 'word', max_chunk_size: 1, overlap: 1 } }),
    invalid('[chunking_settings] Invalid value [1.0]. [max_chunk_size] must be greater than or equal to [10.0]'),
  ],
  [
    'the task types of the service',
    (d) => ({ ...d, taskType: 'sparse_embedding' }),
    statusException('The [openai] service does not support task type [sparse_embedding]'),
  ],
  [
    'the values of service settings',
    inSettings({ model_id: '' }),
    invalid('[service_settings] Invalid value empty string. [model_id] must be a non-empty string'),
  ],
  [
    'the values of task settings',
    inRoot({ task_settings: { user: 5 } }),
    invalid('field [user] is not of the expected type. The value [5] cannot be converted to a [String]'),
  ],
  [
    'the secrets',
    inSettings({ api_key: undefined }),
    invalid('[service_settings] must have exactly one field of [api_key, client_secret] set'),
  ],
  [
    'unknown keys of the body',
    inRoot({ foo: { bar: [1, 'x'] } }),
    statusException('Configuration contains settings [{foo={bar=[1, x]}}] unknown to the [openai] service'),
  ],
  [
    'unknown service settings',
    inSettings({ more: 1 }),
    statusException('Configuration contains settings [{more=1}] unknown to the [openai] service'),
  ],
  [
    'unknown task settings',
    inRoot({ task_settings: { other: true } }),
    statusException('Configuration contains settings [{other=true}] unknown to the [openai] service'),
  ],
  [
    'the validation call',
    inSettings({ url: 'https://refuses.test/embeddings' }),
    validationCallFailed(
      'Received an authentication error status code for request from inference entity id [new] status [401]. Error message: [no]',
    ),
  ],
  [
    'the id in the store',
    (d) => ({ ...d, stored: 'new' }),
    refused(400, 'resource_already_exists_exception', 'Inference endpoint [new] already exists'),
  ],
];

const builtIn = {
  service: 'elasticsearch',
  service_settings: { model_id: '.multilingual-e5-small', num_allocations: 1, num_threads: 1 },
};

const models = (uploaded: string | undefined): ModelStore => ({
  find: async (id) => (id === uploaded ? { taskType: 'text_embedding', prefixes: {} } : undefined),
});

/** Sends a PUT to a service with one endpoint. */
const put = async ({ taskType, id, stored, storedBody, uploaded, query, contentType, body, root, settings }: Draft) => {
  const whole = createWholeService(
    scriptedHttp((request, position) =>
      request.url.startsWith('https://refuses.test/') ? refusal(401, 'no') : allServices(request, position),
    ),
    { models: models(uploaded) },
  );
  await putEndpoint(whole, 'text_embedding', stored, storedBody);
  const before = (await whole.endpoints.list()).length;
  const answer = await whole.request({
    method: 'PUT',
    path: taskType === undefined ? `/_inference/${id}` : `/_inference/${taskType}/${id}`,
    query,
    headers: { 'content-type': contentType },
    body: body === 'given' ? { service_settings: settings, ...root } : body,
  });
  return { answer, left: whole.secrets.kept.size, created: (await whole.endpoints.list()).length - before };
};

// Where there is no body, its media type says nothing.
const pairs = checks
  .slice(1)
  .map((second, index) => ({ first: checks[index] ?? second, second }))
  .filter(({ second }) => second[0] !== 'that there is a body');

describe('PUT', () => {
  it('creates the endpoint when nothing is wrong', async () => {
    const { answer, created } = await put(good);
    expect(answer.status).toBe(200);
    expect(created).toBe(1);
  });

  it.each([
    [5, '5'],
    [1.5, '1.5'],
    [[null, 'x'], '[null, x]'],
    [{ toNumber: 1, toString: 2 }, '{toNumber=1, toString=2}'],
  ])('names a service that is %j as Java prints it', async (service, printed) => {
    const { answer } = await put({ ...good, root: { service } });
    expect(told(answer)).toEqual(
      statusException(
        `field [service] is not of the expected type. The value [${printed}] cannot be converted to a [String]`,
      ),
    );
  });

  it.each(checks)('checks %s', async (_, break_, expected) => {
    const { answer, left, created } = await put(break_(good));
    expect(told(answer)).toEqual(expected);
    expect({ left, created }).toEqual({ left: 1, created: 0 });
  });

  it.each([
    ['a service’s, for one of a built-in model', endpointBody(), builtIn],
    ['a built-in model’s, for one of a service', builtIn, endpointBody()],
    ['a built-in model’s, for another such', builtIn, builtIn],
  ])('finds the id taken by an endpoint: %s', async (_, storedBody, root) => {
    const { answer, created } = await put({ ...good, stored: 'new', storedBody, root });
    expect(told(answer)).toEqual(
      refused(400, 'resource_already_exists_exception', 'Inference endpoint [new] already exists'),
    );
    expect(created).toBe(0);
  });

  it.each(pairs)('checks $first.0 before $second.0', async ({ first, second }) => {
    const { answer } = await put(first[1](second[1](good)));
    expect(told(answer)).toEqual(first[2]);
  });
});
