import { describe, expect, it } from 'vitest';
import { chatRefused, refused } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { type Answer, createWholeService } from '../helpers/whole-service.ts';
import { endpointBody, goodBody, openai, putEndpoint } from './openai.ts';

const withEndpoints = async () => {
  const whole = createWholeService(scriptedHttp(openai));
  await putEndpoint(whole, 'completion', 'other');
  await putEndpoint(whole, 'chat_completion', 'chat');
  return whole;
};

/** Status and error of an answer, be it JSON or one event. */
const errorOf = ({ status, text }: Answer) => ({
  status,
  json: JSON.parse(text.replace(/^event: error\ndata: /, '').trim()),
});

const notFound = 'Inference endpoint not found [none]';
const mismatch = (requested: string, stored: string) =>
  `Incompatible task_type, the requested type [${requested}] does not match the model type [${stored}]`;
const unknownField = '[1:2] [UnifiedCompletionRequestBody] unknown field [nope]';
const good = goodBody.chat_completion;

const rows: readonly (readonly [title: string, path: string, body: unknown, expected: object])[] = [
  [
    'no JSON, with the task type in the path',
    'chat_completion/none',
    '{"a"',
    chatRefused(400, 'bad_request', '[1:5] Unexpected end-of-input: expected ":"', 'x_content_e_o_f_exception'),
  ],
  [
    'no JSON, without it',
    'chat',
    '{"a"',
    chatRefused(400, 'bad_request', '[1:5] Unexpected end-of-input: expected ":"', 'x_content_e_o_f_exception'),
  ],
  [
    'an unknown field',
    'chat_completion/none',
    { nope: 1 },
    chatRefused(400, 'bad_request', unknownField, 'x_content_parse_exception'),
  ],
  [
    'an unknown field, without a task type',
    'chat',
    { nope: 1 },
    chatRefused(400, 'bad_request', unknownField, 'x_content_parse_exception'),
  ],
  [
    'an unknown field, for any task type',
    'any/chat',
    { nope: 1 },
    chatRefused(400, 'bad_request', unknownField, 'x_content_parse_exception'),
  ],
  [
    'no messages',
    'chat_completion/none',
    {},
    chatRefused(400, 'bad_request', 'Required [messages]', 'illegal_argument_exception'),
  ],
  [
    'a missing endpoint',
    'chat_completion/none',
    good,
    chatRefused(404, 'not_found', notFound, 'resource_not_found_exception'),
  ],
  [
    'another kind of endpoint',
    'chat_completion/other',
    good,
    chatRefused(400, 'bad_request', mismatch('chat_completion', 'completion')),
  ],
  [
    'what the service cannot do',
    'chat',
    { ...good, reasoning: { enabled: true } },
    chatRefused(400, 'bad_request', 'OpenAI chat completion requires [reasoning.effort] to map to [reasoning_effort]'),
  ],
  // Elasticsearch tells of these before it knows that it is about chat.
  ['a missing endpoint, without a task type', 'none', good, refused(404, 'resource_not_found_exception', notFound)],
  ['a missing endpoint, for any task type', 'any/none', good, refused(404, 'resource_not_found_exception', notFound)],
  [
    'an empty list of messages',
    'chat_completion/none',
    { messages: [] },
    refused(
      400,
      'action_request_validation_exception',
      'Validation Failed: 1: Field [messages] cannot be an empty array;',
    ),
  ],
  [
    'an empty list of messages, without a task type',
    'chat',
    { messages: [] },
    refused(
      400,
      'action_request_validation_exception',
      'Validation Failed: 1: Field [messages] cannot be an empty array;',
    ),
  ],
  [
    'a chat endpoint as another kind',
    'completion/chat',
    goodBody.completion,
    refused(400, 'status_exception', mismatch('completion', 'chat_completion')),
  ],
  [
    'another endpoint without a task type',
    'other',
    {},
    refused(400, 'action_request_validation_exception', 'Validation Failed: 1: Field [input] cannot be null;'),
  ],
];

describe.each(['', '/_stream'])('a call%s', (suffix) => {
  it.each(rows)('is told of %s', async (_, path, body, expected) => {
    const whole = await withEndpoints();
    const answer = await whole.request({ method: 'POST', path: `/_inference/${path}${suffix}`, body });
    expect(errorOf(answer)).toEqual(expected);
    expect(answer.headers['content-type']).toBe(suffix === '' ? 'application/json' : 'text/event-stream');
  });
});

describe('what is no call', () => {
  it.each([
    ['GET', 'chat_completion/none', undefined, refused(404, 'resource_not_found_exception', notFound)],
    ['DELETE', 'chat_completion/none', undefined, refused(404, 'resource_not_found_exception', notFound)],
    [
      'PUT',
      'chat_completion/chat',
      endpointBody(),
      refused(400, 'resource_already_exists_exception', 'Inference endpoint [chat] already exists'),
    ],
    ['PUT', 'chat_completion/chat/_update', {}, refused(400, 'status_exception', 'Request body is empty')],
  ])('has the standard envelope: %s %s', async (method, path, body, expected) => {
    const whole = await withEndpoints();
    expect(errorOf(await whole.request({ method, path: `/_inference/${path}`, body }))).toEqual(expected);
  });
});
