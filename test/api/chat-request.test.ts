import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChatRequest, usesStandardEnvelope } from '../../lib/api/chat-request.ts';
import { actionRequestValidation, contentTooLong, InferenceError } from '../../lib/api/errors.ts';
import { mostValues, parseJson } from '../../lib/api/json.ts';
import { bodyOf, nearly } from './bodies.ts';
import { errorsOf } from './error-chain.ts';
import refusals from './rows/chat-request.json' with { type: 'json' };

/** A request as it would go out again. */
const resent = (text: string) => JSON.stringify(parseChatRequest(parseJson(text)));

const withMessage = (message: string) => `{"messages":[${message}]}`;
const withField = (field: string) => `{"messages":[{"role":"user"}],${field}}`;

const withArguments = (...texts: readonly string[]) =>
  JSON.stringify({
    messages: texts.map((text) => ({
      role: 'assistant',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: text } }],
    })),
  });

const withAnswers = (...contents: readonly unknown[]) =>
  JSON.stringify({ messages: contents.map((content) => ({ content, role: 'tool', tool_call_id: 'a' })) });

describe('what tools get and answer', () => {
  const numbers = (count: number) => `[${Array(count).fill(0).join()}]`;

  it.each([
    ['as many values as a body may hold', withArguments(numbers(mostValues - 1))],
    ['as many in two texts', withArguments(numbers(mostValues / 2 - 1), numbers(mostValues / 2 - 1))],
    ['a long text that is no JSON', withArguments(',"'.repeat(mostValues))],
    ['a long text within JSON', withArguments(JSON.stringify({ text: ','.repeat(2 * mostValues) }))],
    ['a long answer that is no object', withAnswers(numbers(mostValues))],
  ])('may be %s', (_, text) => {
    expect(JSON.parse(resent(text))).toEqual(JSON.parse(text));
  });

  it.each([
    ['one text', withArguments(numbers(mostValues))],
    ['two texts', withArguments(numbers(mostValues / 2), numbers(mostValues / 2 - 1))],
    ['an answer', withAnswers(`{"a":${numbers(mostValues - 1)}}`)],
    [
      'parts of an answer',
      withAnswers([
        { type: 'text', text: ' {"a":' },
        { type: 'text', text: `${numbers(mostValues - 1)}}` },
      ]),
    ],
  ])('is refused with more values in %s', (_, text) => {
    expect(() => parseChatRequest(parseJson(text))).toThrow(
      contentTooLong(`the request body holds more than the ${mostValues} values that are taken`),
    );
  });
});

describe('parseChatRequest', () => {
  it.each([
    withMessage('{"content":"a","role":"user"}'),
    withMessage('{"role":"anything"}'),
    withMessage('{"content":[],"role":"user"}'),
    withMessage('{"content":[{"text":"a","type":"text"},{"text":"","type":"text"}],"role":"user"}'),
    withMessage('{"content":[{"image_url":{"url":"a","detail":"low"},"type":"image_url"}],"role":"user"}'),
    withMessage('{"content":[{"file":{"file_data":"a","filename":"b"},"type":"file"}],"role":"user"}'),
    withMessage('{"content":"a","role":"tool","tool_call_id":"b"}'),
    withMessage(
      '{"role":"assistant","tool_calls":[{"id":"a","function":{"arguments":"{}","name":"f"},"type":"function"}]}',
    ),
    withMessage(
      '{"role":"assistant","reasoning":"a","reasoning_details":[{"type":"reasoning.encrypted","format":"f","id":"i","index":0,"data":"d"},{"type":"reasoning.summary","summary":"s"},{"type":"reasoning.text","text":"t","signature":"g"},{"type":"reasoning.text","signature":"g"}]}',
    ),
    withField('"model":"m"'),
    withField('"max_completion_tokens":100'),
    withField('"stop":[]'),
    withField('"temperature":0.7,"top_p":0'),
    withField('"temperature":-5'),
    withField('"tool_choice":"anything"'),
    withField('"tool_choice":{"type":"function","function":{"name":"f"}}'),
    withField('"tools":[]'),
    withField(
      '"tools":[{"type":"function","function":{"description":"d","name":"f","parameters":{"type":"object","b":1.50,"a":[1e400,-0.0,12345678901234567890,null]},"strict":true}}]',
    ),
    withField('"reasoning":{"effort":"xhigh","summary":"concise","exclude":true,"enabled":false}'),
    withField('"cache_control":{"type":"ephemeral","ttl":"5m"},"session_id":"s"'),
    withField('"cache_control":{}'),
  ])('keeps %s as it is', (text) => {
    expect(resent(text)).toBe(text);
  });

  it.each([
    ['{"messages":{"role":"user","content":"a"}}', withMessage('{"content":"a","role":"user"}')],
    [
      withMessage(
        '{"role":"assistant","tool_calls":{"type":"function","id":"a","function":{"name":"f","arguments":""}}}',
      ),
      withMessage(
        '{"role":"assistant","tool_calls":[{"id":"a","function":{"arguments":"","name":"f"},"type":"function"}]}',
      ),
    ],
    [
      withMessage('{"role":"assistant","reasoning_details":{"type":"reasoning.text","text":"a","index":"1"}}'),
      withMessage('{"role":"assistant","reasoning_details":[{"type":"reasoning.text","index":1,"text":"a"}]}'),
    ],
    [
      withMessage('{"role":"user","content":[{"type":" Image_URL ","image_url":{"url":"a","detail":"HIGH"}}]}'),
      withMessage('{"content":[{"image_url":{"url":"a","detail":"high"},"type":"image_url"}],"role":"user"}'),
    ],
    [
      withMessage('{"role":"user","content":[{"type":"image_url","image_url":{"url":"a","detail":null}}]}'),
      withMessage('{"content":[{"image_url":{"url":"a"},"type":"image_url"}],"role":"user"}'),
    ],
    [withField('"max_completion_tokens":"1e2"'), withField('"max_completion_tokens":100')],
    [withField('"max_completion_tokens":1.9'), withField('"max_completion_tokens":1')],
    [withField('"temperature":"0.5","top_p":" .25 "'), withField('"temperature":0.5,"top_p":0.25')],
    [withField('"stop":"a"'), withField('"stop":["a"]')],
    [withField('"stop":["a",1.50]'), withField('"stop":["a","1.50"]')],
    [
      withField('"tools":{"type":"function","function":{"name":"f","strict":"false"}}'),
      withField('"tools":[{"type":"function","function":{"name":"f","strict":false}}]'),
    ],
    [withField('"reasoning":{"effort":" HIGH "}'), withField('"reasoning":{"effort":"high"}')],
    [withField('"reasoning":{"enabled":"true"}'), withField('"reasoning":{"enabled":true}')],
    [
      withField('"reasoning":{"enabled":false,"effort":"None","summary":"Auto"}'),
      withField('"reasoning":{"effort":"none","summary":"auto","enabled":false}'),
    ],
    [withField('"cache_control":{"ttl":null}'), withField('"cache_control":{}')],
  ])('reads %s as %s', (text, request) => {
    expect(resent(text)).toBe(request);
  });

  it.each(refusals)('refuses a body: $when', ({ body, errors }) => {
    expect(errorsOf(() => parseChatRequest(bodyOf(body)))).toEqual(errors);
  });

  const names = [
    'messages',
    'role',
    'content',
    'type',
    'text',
    'image_url',
    'url',
    'detail',
    'file',
    'tool_calls',
    'function',
    'name',
    'arguments',
    'id',
    'tools',
    'tool_choice',
    'parameters',
    'reasoning',
    'effort',
    'enabled',
    'reasoning_details',
    'data',
    'cache_control',
    'ttl',
    'stop',
    'temperature',
    'max_completion_tokens',
    'strict',
  ];
  const words = ['user', 'text', 'image_url', 'file', 'high', 'auto', 'true', '0.5', '5m', 'reasoning.text'];

  it('blames nobody but the caller, whatever the body', () => {
    fc.assert(
      fc.property(nearly(names, words), nearly(names, words), (message, sent) => {
        const bodies = [sent, { messages: message }, { messages: { role: 'user', content: message } }];
        for (const body of bodies) {
          try {
            expect(parseChatRequest(bodyOf(body)).messages.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(InferenceError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  const text = fc.string();
  const optional = <T>(shape: { readonly [Name in keyof T]: fc.Arbitrary<T[Name]> }, requiredKeys: (keyof T)[]) =>
    fc.record(shape, { requiredKeys });
  const part = fc.oneof(
    fc.record({ type: fc.constant('text'), text }),
    fc.record({
      type: fc.constant('image_url'),
      image_url: optional({ url: text, detail: fc.constantFrom('auto', 'LOW') }, ['url']),
    }),
    fc.record({ type: fc.constant('file'), file: fc.record({ file_data: text, filename: text }) }),
  );
  const message = optional(
    {
      role: text,
      content: fc.oneof(text, fc.array(part)),
      tool_call_id: text,
      tool_calls: fc.array(fc.record({ id: text, type: text, function: fc.record({ name: text, arguments: text }) })),
      reasoning: text,
    },
    ['role'],
  );
  const request = optional(
    {
      messages: fc.oneof(message, fc.array(message, { minLength: 1 })),
      model: text,
      max_completion_tokens: fc.oneof(fc.maxSafeInteger(), fc.maxSafeInteger().map(String)),
      stop: fc.oneof(text, fc.array(text)),
      temperature: fc.oneof(
        fc.double({ min: -1e38, max: 1e38, noNaN: true }),
        fc.float({ noDefaultInfinity: true, noNaN: true }).map(String),
      ),
      tool_choice: fc.oneof(text, fc.record({ type: text, function: fc.record({ name: text }) })),
      tools: fc.array(
        fc.record({
          type: text,
          function: optional(
            { name: text, description: text, parameters: fc.dictionary(text, fc.jsonValue()), strict: fc.boolean() },
            ['name'],
          ),
        }),
      ),
      reasoning: optional({ effort: fc.constantFrom('low', 'XHIGH'), exclude: fc.boolean() }, ['effort']),
      session_id: text,
    },
    ['messages'],
  );

  it('gives of every good body a request that is read again as it is', () => {
    fc.assert(
      fc.property(request, (sent) => {
        const once = resent(JSON.stringify(sent));
        expect(resent(once)).toBe(once);
      }),
    );
  });

  it('keeps the parameters of a tool as they were sent', () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.jsonValue()), (parameters) => {
        const sent = JSON.stringify({ type: 'function', function: { name: 'f', parameters } });
        expect(resent(withField(`"tools":[${sent}]`))).toBe(withField(`"tools":[${sent}]`));
      }),
    );
  });
});

describe('usesStandardEnvelope', () => {
  const thrown = (body: unknown): unknown => {
    try {
      return parseChatRequest(bodyOf(body));
    } catch (error) {
      return error;
    }
  };

  it('knows the refusal of an empty list of messages', () => {
    expect(usesStandardEnvelope(thrown({ messages: [] }))).toBe(true);
  });

  it.each([
    ['another refusal of a body', thrown({ messages: null })],
    [
      'an error of the same type from elsewhere',
      actionRequestValidation(['Field [messages] cannot be an empty array']),
    ],
    ['what is no error', 'Field [messages] cannot be an empty array'],
    ['nothing', undefined],
  ])('does not take %s for it', (_, error) => {
    expect(usesStandardEnvelope(error)).toBe(false);
  });
});
