import { describe, expect, it } from 'vitest';
import { chatRefused, told } from '../../helpers/envelopes.ts';
import { testedEndpoint } from '../endpoints.ts';

const start = { type: 'message_start', message: { id: 'm', model: 'c' } };
const stop = { type: 'message_stop' };
const events = (...data: readonly object[]) => data.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const whole = (stopReason: string | null) => ({
  id: 'm',
  model: 'c',
  content: [{ type: 'text', text: 'Yes.' }],
  stop_reason: stopReason,
});

/** A stored endpoint that answers the validation call, and then `body`. */
const chatting = async (body: unknown) => {
  const endpoint = testedEndpoint('chat_completion', (_, position) => ({
    body: position === 0 ? events(start, stop) : body,
  }));
  await endpoint.put({
    service: 'anthropic',
    service_settings: { api_key: 'k', model_id: 'c' },
    task_settings: { max_tokens: 64 },
  });
  return endpoint;
};

const user = (...content: readonly object[]) => ({ messages: [{ role: 'user', content }] });
const image = (url: string) => user({ type: 'image_url', image_url: { url } });
const file = (data: string) => user({ type: 'file', file: { file_data: data, filename: 'f' } });
const calling = (text: string) => ({
  messages: [
    {
      role: 'assistant',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: text } }],
    },
  ],
});

const api = 'for the Anthropic chat completion API';
const notAnObject = 'Field [arguments] of tool call [call_1] is not a JSON object';
const notAnImage = `Image URLs must be HTTP(S) URLs or base64 data URIs with the format [data:{MIME-type};base64,...] ${api}.`;
const blockDelta = { type: 'content_block_delta', index: 0 };
const answered = 'in Anthropic chat completions response';
const missing = (field: string) => `Failed to find required field [${field}] ${answered}`;
const notA = (expected: string, field: string, found: string) =>
  `Field [${field}] ${answered} is of unexpected type [${found}]. Expected type is [${expected}].`;
const notAFile = `File data must be a base64 data URI with the format [data:{MIME-type};base64,...] ${api}.`;

describe('a chat of anthropic', () => {
  it.each<[string, object, string]>([
    ['another role', { messages: [{ role: 'critic', content: 'x' }] }, `Unsupported role [critic] ${api}.`],
    [
      'another tool_choice',
      { ...user({ type: 'text', text: 'x' }), tool_choice: 'any' },
      `Unsupported tool_choice value [any] ${api}.`,
    ],
    [
      'a result of no tool call',
      { messages: [{ role: 'tool', content: 'x' }] },
      `Field [tool_call_id] is required in a tool message ${api}.`,
    ],
    ['a bare base64 image', image('iVBORw0KGgo='), notAnImage],
    ['an image whose data are not base64', image('data:image/png,x'), notAnImage],
    ['a file without data', file(''), `File content requires [file_data] ${api}.`],
    ['a file that is no data URI', file('https://x.test/f.pdf'), notAFile],
    [
      'a file of another type',
      file('data:image/png;base64,iVBORw0KGgo='),
      `Unsupported file media type [image/png] ${api}; supported types are [application/pdf, text/plain].`,
    ],
    ['a text that is not base64', file('data:text/plain;base64,?'), 'Invalid base64 payload in the file data URI.'],
    ['a text of cut base64', file('data:text/plain;base64,AAAAA'), 'Invalid base64 payload in the file data URI.'],
    [
      'an image of the system',
      { messages: [{ role: 'system', content: image('https://x.test').messages[0]?.content }] },
      `Content of type [image_url] is not supported in this message of role [system] ${api}.`,
    ],
    ['arguments that are no JSON', calling('{'), notAnObject],
    ['long arguments that are no JSON', calling(`{"a":"${'x'.repeat(20_000)}`), notAnObject],
    ['arguments that are a list', calling('[1]'), notAnObject],
    ['arguments that are a number', calling('1.5'), notAnObject],
    [
      'cache_control',
      { ...user({ type: 'text', text: 'x' }), cache_control: { type: 'ephemeral' } },
      'The [anthropic] service does not support the field [cache_control]',
    ],
    [
      'session_id',
      { ...user({ type: 'text', text: 'x' }), session_id: 's' },
      'The [anthropic] service does not support the field [session_id]',
    ],
  ])('refuses %s, and sends nothing', async (_, body, reason) => {
    const endpoint = await chatting(whole('end_turn'));
    expect(told(await endpoint.post(body))).toEqual(chatRefused(400, 'bad_request', reason));
    expect(endpoint.sent).toHaveLength(1);
  });

  it('sends numbers in arguments and schemas digit for digit', async () => {
    const endpoint = await chatting(whole('end_turn'));
    await endpoint.post(
      '{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\\"id\\": 1234567890123456789, \\"x\\": 1.50}"}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"maximum":12345678901234567890}}}]}',
    );
    const body = endpoint.sent[1]?.body;
    expect(body).toContain('"input":{"id":1234567890123456789,"x":1.50}');
    expect(body).toContain('"maximum":12345678901234567890');
  });

  it.each<[string, object, string]>([
    ['a message without a model', { type: 'message_start', message: { id: 'm' } }, missing('model')],
    ['an id that is null', { type: 'message_start', message: { id: null, model: 'c' } }, missing('id')],
    [
      'a model that is a number',
      { type: 'message_start', message: { id: 'm', model: 2 } },
      notA('String', 'model', 'Integer'),
    ],
    [
      'a text that is a number',
      { ...blockDelta, delta: { type: 'text_delta', text: 0.5 } },
      notA('String', 'text', 'Double'),
    ],
    [
      'a text that is an object',
      { ...blockDelta, delta: { type: 'text_delta', text: {} } },
      notA('String', 'text', 'HashMap'),
    ],
    ['a delta that is a list', { ...blockDelta, delta: [] }, notA('Map', 'delta', 'ArrayList')],
    ['a delta without a type', { ...blockDelta, delta: {} }, missing('type')],
    ['no position', { type: 'content_block_start', content_block: { type: 'text', text: '' } }, missing('index')],
  ])('names the field alone of a stream with %s', async (_, event, message) => {
    const { text } = await (await chatting(events(event))).stream(user({ type: 'text', text: 'x' }));
    expect(text).toContain(JSON.stringify({ code: 'internal_server_error', message, type: 'status_exception' }));
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['model_context_window_exceeded', 'stop'],
    ['constructor', 'stop'],
  ])('that ends with %s has the finish reason %s, whole and streamed', async (stopReason, finishReason) => {
    const body = user({ type: 'text', text: 'x' });
    const answer = await (await chatting(whole(stopReason))).post(body);
    expect(answer.json).toMatchObject({ choices: [{ finish_reason: finishReason }] });
    const delta = { type: 'message_delta', delta: { stop_reason: stopReason } };
    const { text } = await (await chatting(events(start, delta, stop))).stream(body);
    expect(text).toContain(`"choices":[{"delta":{},"finish_reason":"${finishReason}","index":0}]`);
  });
});
