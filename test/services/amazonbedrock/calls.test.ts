import { describe, expect, it } from 'vitest';
import { missingSetting } from '../../../lib/api/settings.ts';
import { listServices } from '../../../lib/inference/list-services.ts';
import { OutboundError } from '../../../lib/transport/types.ts';
import { chatRefused, refused, refusedFor, told } from '../../helpers/envelopes.ts';
import { eventStream } from '../../helpers/event-stream.ts';
import { type Script, scriptedHttp } from '../../helpers/scripted-http.ts';
import { createWholeService } from '../../helpers/whole-service.ts';
import { storedEndpoint, validationFailed } from '../endpoints.ts';

const model = { region: 'us-east-1', model: 'm' };
const keys = { access_key: 'AKIDEXAMPLE', secret_key: 'secret' };

const text = { output: { message: { content: [{ text: 'Yes.' }] } } };
const began = { messageStart: { role: 'assistant' } };

/** A stored chat; the validation call is answered by a stream, what comes after by `body`. */
const chatting = async (body: unknown, provider = 'anthropic') => {
  const script: Script = (_, position) => ({ body: position === 0 ? eventStream([began]) : body });
  return storedEndpoint('amazonbedrock', 'chat_completion', { ...keys, ...model, provider }, script);
};

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
const calling = (args: string) => ({
  messages: [
    { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: args } }] },
  ],
  tools: [{ type: 'function', function: { name: 'f' } }],
});

describe('a chat of amazonbedrock', () => {
  it.each<[string, object, string]>([
    [
      'another role',
      { messages: [{ role: 'critic', content: 'x' }] },
      'Unsupported role [critic] for the Amazon Bedrock chat completion API.',
    ],
    [
      'another tool_choice',
      { ...user('x'), tool_choice: 'any' },
      'Invalid tool choice [any], must be one of [auto, required, none]',
    ],
    [
      'another type of tool',
      { ...user('x'), tools: [{ type: 'search', function: { name: 'f' } }] },
      'Unsupported tool type [search], only [function] is supported',
    ],
    [
      'a result without contents',
      {
        messages: [{ role: 'tool', tool_call_id: 'c', content: [] }],
        tools: [{ type: 'function', function: { name: 'f' } }],
      },
      'Tool message must have non-empty contents',
    ],
    ['arguments that are no object', calling('[1]'), 'Field [arguments] of tool call [call_1] is not a JSON object'],
    [
      'images',
      user([{ type: 'image_url', image_url: { url: 'https://x.test' } }]),
      'The [amazonbedrock] service does not support content of type [image_url]',
    ],
    [
      'files',
      user([{ type: 'file', file: { file_data: 'data:text/plain;base64,', filename: 'f' } }]),
      'The [amazonbedrock] service does not support content of type [file]',
    ],
    [
      'reasoning',
      { ...user('x'), reasoning: { effort: 'low' } },
      'The [amazonbedrock] service does not support the field [reasoning]',
    ],
    [
      'cache_control',
      { ...user('x'), cache_control: { type: 'ephemeral' } },
      'The [amazonbedrock] service does not support the field [cache_control]',
    ],
    [
      'session_id',
      { ...user('x'), session_id: 's' },
      'The [amazonbedrock] service does not support the field [session_id]',
    ],
  ])('refuses %s, and sends nothing', async (_, body, reason) => {
    const endpoint = await chatting(text);
    expect(told(await endpoint.post(body))).toEqual(chatRefused(400, 'bad_request', reason));
    expect(endpoint.calls()).toEqual([]);
  });

  it('sends numbers in arguments and schemas digit for digit', async () => {
    const endpoint = await chatting(text);
    await endpoint.post(
      '{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\\"id\\": 1234567890123456789, \\"x\\": 1.50}"}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"maximum":12345678901234567890}}}]}',
    );
    const body = endpoint.sent[1]?.body;
    expect(body).toContain('"input":{"id":1234567890123456789,"x":1.50}');
    expect(body).toContain('"json":{"maximum":12345678901234567890}');
  });

  it('counts tokens that are written as decimals', async () => {
    const body =
      '{"output":{"message":{"content":[{"text":"Yes."}]}},"usage":{"inputTokens":3.0,"outputTokens":2.0,"totalTokens":5.0}}';
    expect((await (await chatting(body)).post(user('x'))).json).toMatchObject({
      usage: { completion_tokens: 2, prompt_tokens: 3, total_tokens: 5 },
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['content_filtered', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['malformed_tool_use', 'stop'],
    ['constructor', 'stop'],
  ])('that ends with %s has the finish reason %s, whole and streamed', async (stopReason, finishReason) => {
    const whole = await (await chatting({ ...text, stopReason })).post(user('x'));
    expect(whole.json).toMatchObject({ choices: [{ finish_reason: finishReason }] });
    const streamed = await (await chatting(eventStream([began, { messageStop: { stopReason } }]))).stream(user('x'));
    expect(streamed.text).toContain(`"choices":[{"delta":{},"finish_reason":"${finishReason}","index":0}]`);
  });

  it('has one id for a stream, and another one for the next', async () => {
    const endpoint = await chatting(eventStream([began, { messageStop: {} }]));
    const ids = [await endpoint.stream(user('x')), await endpoint.stream(user('x'))].map((answer) => [
      ...new Set(answer.text.match(/"id":"[^"]*"/g)),
    ]);
    expect(ids.map((list) => list.length)).toEqual([1, 1]);
    expect(ids[0]).not.toEqual(ids[1]);
    expect(String(ids[0])).toMatch(/^"id":"unified-[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}"$/);
  });
});

describe('embeddings of amazonbedrock', () => {
  /** Answers each text with its number. */
  const numbered: Script = ({ body }) => {
    const { inputText, texts } = JSON.parse(body);
    const vector = (name: string) => [Number(name) || 0];
    return { body: texts ? { embeddings: texts.map(vector) } : { embedding: vector(inputText) } };
  };

  it.each([
    ['amazontitan', 1, 5],
    ['cohere', 96, 97],
    ['cohere', 96, 96],
  ])('of %s go out %i at a time, and come back in order', async (provider, size, count) => {
    const endpoint = await storedEndpoint('amazonbedrock', 'text_embedding', { ...keys, ...model, provider }, numbered);
    const input = Array.from({ length: count }, (_, index) => String(index + 1));
    const { json } = await endpoint.post({ input });
    expect(json).toEqual({ text_embedding: input.map((name) => ({ embedding: [Number(name)] })) });
    const sizes = endpoint.calls().map(({ texts = [''] }) => texts.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(size);
    expect(sizes).toHaveLength(Math.ceil(count / size));
  });
});

describe('a lost connection to amazonbedrock', () => {
  const lost = (position: number) => {
    if (position > 0) throw new OutboundError('connection', 'bedrock-runtime.us-east-1.amazonaws.com');
  };

  it.each([
    ['text_embedding', { embedding: [1] }, 'invoke model'],
    ['completion', text, 'converse'],
  ])('is told for %s at once, without another attempt', async (task, body, what) => {
    const script: Script = (_, position) => {
      lost(position);
      return { body };
    };
    const settings = { ...keys, ...model, provider: 'amazontitan' };
    const endpoint = await storedEndpoint('amazonbedrock', task, settings, script);
    const error = { type: 'exception', reason: `Amazon Bedrock ${what} call failed` };
    const cause = { type: 'illegal_state_exception', reason: 'the connection failed or was cut' };
    expect(told(await endpoint.post({ input: 'x' }))).toEqual(refusedFor(500, error, cause, error));
    expect(endpoint.calls()).toHaveLength(1);
  });
});

describe('a stream of amazonbedrock that does not begin', () => {
  const settings = { ...keys, ...model, provider: 'meta' };
  const failed = 'AmazonBedrock StreamingChatProcessor failure: [the connection failed or was cut]';

  it.each<[string, object, unknown, unknown]>([
    [
      'completion',
      { input: 'x' },
      text,
      {
        error: { root_cause: [{ type: 'exception', reason: failed }], type: 'exception', reason: failed },
        status: 500,
      },
    ],
    [
      'chat_completion',
      user('x'),
      eventStream([began]),
      { error: { code: 'internal_server_error', message: failed, type: 'exception' } },
    ],
  ])('tells for %s of a lost connection as its first event', async (task, body, valid, data) => {
    const endpoint = await storedEndpoint('amazonbedrock', task, settings, (_, position) => {
      if (position > 0) throw new OutboundError('connection', 'bedrock-runtime.us-east-1.amazonaws.com');
      return { body: valid };
    });
    const answer = await endpoint.stream(body);
    expect({ status: answer.status, text: answer.text }).toEqual({
      status: 200,
      text: `event: error\ndata: ${JSON.stringify(data)}\n\n`,
    });
    expect(endpoint.calls()).toHaveLength(1);
  });

  it('has the status of a host that is not there', async () => {
    const endpoint = await storedEndpoint('amazonbedrock', 'completion', settings, (_, position) => {
      if (position > 0) throw new OutboundError('unknown_host', 'bedrock-runtime.us-east-1.amazonaws.com');
      return { body: text };
    });
    const answer = await endpoint.stream({ input: 'x' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Invalid host [bedrock-runtime.us-east-1.amazonaws.com]');
  });
});

describe('the role of the process', () => {
  const put = { service: 'amazonbedrock', service_settings: { ...model, provider: 'amazontitan' } };
  const path = '/_inference/text_embedding/tested';
  const answer: Script = () => ({ body: { embedding: [1] } });

  it('signs for an endpoint without keys where the operator lends it', async () => {
    const http = scriptedHttp(answer);
    const whole = createWholeService(http, { operator: { awsRole: true } });
    expect((await whole.request({ method: 'PUT', path, body: put })).status).toBe(200);
    await whole.request({ method: 'POST', path, body: { input: 'x' } });
    expect(http.sent.map(({ headers }) => headers.authorization?.split('/')[0])).toEqual([
      'AWS4-HMAC-SHA256 Credential=ROLE',
      'AWS4-HMAC-SHA256 Credential=ROLE',
    ]);
    expect([...whole.secrets.kept]).toEqual([]);
  });

  it('does not sign for an endpoint with keys', async () => {
    const http = scriptedHttp(answer);
    const whole = createWholeService(http, { operator: { awsRole: true } });
    await whole.request({
      method: 'PUT',
      path,
      body: { ...put, service_settings: { ...put.service_settings, ...keys } },
    });
    expect(http.sent[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
  });

  it('takes the place of both keys or none', async () => {
    const whole = createWholeService(scriptedHttp(answer), { operator: { awsRole: true } });
    const body = { ...put, service_settings: { ...put.service_settings, access_key: 'a' } };
    expect(told(await whole.request({ method: 'PUT', path, body }))).toEqual(
      validationFailed(missingSetting('secret_settings', 'secret_key')),
    );
  });

  it('gives way to keys in an update, but not to one of them', async () => {
    const http = scriptedHttp(answer);
    const whole = createWholeService(http, { operator: { awsRole: true } });
    await whole.request({ method: 'PUT', path, body: put });
    const update = (settings: object) =>
      whole.request({ method: 'PUT', path: `${path}/_update`, body: { service_settings: settings } });
    expect(told(await update({ secret_key: 's' }))).toEqual(
      validationFailed(missingSetting('secret_settings', 'access_key')),
    );
    expect((await update(keys)).status).toBe(200);
    expect(http.sent.at(-1)?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
  });

  it('is not there for endpoints once the operator lends it no more', async () => {
    const lent = createWholeService(scriptedHttp(answer), { operator: { awsRole: true } });
    await lent.request({ method: 'PUT', path, body: put });
    const row = await lent.endpoints.get('tested');
    if (!row) throw new Error('The endpoint was not stored');
    const http = scriptedHttp(answer);
    const whole = createWholeService(http);
    await whole.endpoints.create(row);
    expect(told(await whole.request({ method: 'POST', path, body: { input: 'x' } }))).toEqual(
      refused(
        400,
        'status_exception',
        'This endpoint has no AWS keys of its own, and INLET_AWS_ROLE does not lend it a role',
      ),
    );
    expect(http.sent).toEqual([]);
  });
});

it('is listed with keys that are required', async () => {
  const entry = (await listServices(undefined)).find(({ service }) => service === 'amazonbedrock');
  expect(entry?.configurations).toMatchObject({
    access_key: { required: true, sensitive: true, updatable: true, type: 'str' },
    secret_key: { required: true, sensitive: true, updatable: true, type: 'str' },
    provider: { required: true, sensitive: false, updatable: false, type: 'str' },
    max_input_tokens: { required: false, updatable: true, supported_task_types: ['text_embedding'] },
    'rate_limit.requests_per_minute': { default_value: 240, required: false, updatable: true, type: 'int' },
  });
});
