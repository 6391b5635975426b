import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Blame } from '../../lib/api/blame.ts';
import { InferenceError } from '../../lib/api/errors.ts';
import { locate, parseJson } from '../../lib/api/json.ts';
import { readSettings, refuseUnknown, requireSettings } from '../../lib/api/read-settings.ts';
import {
  address,
  decimal,
  flag,
  integer,
  jsonMap,
  missingOneOf,
  numberBetween,
  oneOf,
  positiveInteger,
  positiveIntegerUpTo,
  positiveLong,
  rateLimit,
  settingNotAllowed,
  similarity,
  stringMap,
  text,
  textList,
} from '../../lib/api/settings.ts';

const fields = {
  model_id: text(),
  url: address(),
  count: positiveInteger(),
  any: integer(),
  long: positiveLong(),
  batch: positiveIntegerUpTo(2000),
  share: numberBetween(0, 1.5),
  temperature: decimal(),
  enabled: flag(),
  similarity: similarity(),
  strategy: oneOf(['zebra', 'apple']),
  kind: oneOf(['token', 'realtime'], { anyCase: true }),
  headers: stringMap(),
  parameters: jsonMap(),
  scopes: textList(),
  rate_limit: rateLimit(7),
};

const blame: Blame = { service: 'a-service', words: 'collected', locate: () => ({ line: 1, column: 1 }) };

const object = (json: string) => z.record(z.string(), z.unknown()).parse(parseJson(json).value);

/** Reads settings of which all fields but the named ones may be absent. */
const read = (json: string, required: readonly string[] = []) => {
  const schema = z.object(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]): [string, z.ZodType] => [
        name,
        required.includes(name) ? field : field.optional(),
      ]),
    ),
  );
  const reading = readSettings(schema, 'service_settings', object(json));
  const settings = requireSettings(reading, blame);
  refuseUnknown(reading.unknown, blame);
  return settings;
};

const failure = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    return error instanceof InferenceError ? [error.status, error.type, error.message] : error;
  }
};

const invalid = (...reasons: readonly string[]) => [
  400,
  'validation_exception',
  `Validation Failed: ${reasons.map((reason, index) => `${index + 1}: ${reason};`).join('')}`,
];
const unknown = (map: string) => [
  400,
  'status_exception',
  `Configuration contains settings [${map}] unknown to the [a-service] service`,
];
const notOf = (name: string, value: string, type: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;

describe('a setting', () => {
  it.each<[string, string]>([
    ['{"model_id":5}', notOf('model_id', '5', 'String')],
    ['{"model_id":{"a":["b",null]}}', notOf('model_id', '{a=[b, null]}', 'String')],
    // Once: a list is no empty text.
    ['{"model_id":[]}', notOf('model_id', '[]', 'String')],
    ['{"count":-3000000000}', notOf('count', '-3000000000', 'Integer')],
    ['{"model_id":""}', '[service_settings] Invalid value empty string. [model_id] must be a non-empty string'],
    ['{"count":"3"}', notOf('count', '3', 'Integer')],
    ['{"count":256.0}', notOf('count', '256.0', 'Integer')],
    ['{"count":1e3}', notOf('count', '1000.0', 'Integer')],
    ['{"any":2147483648}', notOf('any', '2147483648', 'Integer')],
    ['{"count":0}', '[service_settings] Invalid value [0]. [count] must be a positive integer'],
    ['{"count":-1}', '[service_settings] Invalid value [-1]. [count] must be a positive integer'],
    ['{"long":true}', notOf('long', 'true', 'Long')],
    ['{"long":0}', '[service_settings] Invalid value [0]. [long] must be a positive long'],
    ['{"batch":2001}', '[service_settings] Invalid value [2001.0]. [batch] must be a less than or equal to [2000.0]'],
    ['{"share":2}', '[service_settings] Invalid value [2.0]. [share] must be a less than or equal to [1.5]'],
    ['{"share":-0.5}', '[service_settings] Invalid value [-0.5]. [share] must be a greater than or equal to [0.0]'],
    ['{"share":"1"}', notOf('share', '1', 'Double')],
    ['{"temperature":[]}', notOf('temperature', '[]', 'Double')],
    ['{"enabled":"true"}', notOf('enabled', 'true', 'Boolean')],
    [
      '{"similarity":" dot "}',
      '[service_settings] Invalid value [ dot ] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
    ],
    ['{"similarity":""}', '[service_settings] Invalid value empty string. [similarity] must be a non-empty string'],
    ['{"similarity":[]}', notOf('similarity', '[]', 'String')],
    ['{"strategy":""}', '[service_settings] Invalid value empty string. [strategy] must be a non-empty string'],
    [
      '{"strategy":"Apple"}',
      '[service_settings] Invalid value [Apple] received. [strategy] must be one of [apple, zebra]',
    ],
    [
      '{"strategy":"pear"}',
      '[service_settings] Invalid value [pear] received. [strategy] must be one of [apple, zebra]',
    ],
    ['{"kind":"Batch"}', '[service_settings] Invalid value [Batch] received. [kind] must be one of [realtime, token]'],
    ['{"kind":1}', notOf('kind', '1', 'String')],
    ['{"headers":"x"}', notOf('headers', 'x', 'Map')],
    [
      '{"headers":{"a":"b","c":1}}',
      'Map field [headers] has an entry that is not valid, [c => 1]. Value type of [1] is not one of [String].',
    ],
    ['{"parameters":[1]}', notOf('parameters', '[1]', 'Map')],
    ['{"scopes":"x"}', notOf('scopes', 'x', 'List')],
    ['{"scopes":[]}', '[service_settings] Invalid value empty list. [scopes] must be a non-empty list'],
    ['{"rate_limit":5}', notOf('rate_limit', '5', 'Map')],
    [
      '{"rate_limit":{"requests_per_minute":0}}',
      '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
    ],
    ['{"rate_limit":{"requests_per_minute":"7"}}', notOf('requests_per_minute', '7', 'Long')],
    [
      '{"url":"not a url"}',
      '[service_settings] Invalid url [not a url] received for field [url]. Error: unable to parse url [not a url]. Reason: it is no absolute url',
    ],
    [
      '{"url":"ftp://a.test/"}',
      '[service_settings] Invalid url [ftp://a.test/] received for field [url]. Error: unable to parse url [ftp://a.test/]. Reason: scheme [ftp] is not http or https',
    ],
  ])('of %s is refused', (json, reason) => {
    expect(failure(() => read(json))).toEqual(invalid(reason));
  });

  it.each<[string, object]>([
    ['{}', {}],
    ['{"model_id":null,"count":null}', {}],
    ['{"kind":" RealTime "}', { kind: 'realtime' }],
    ['{"similarity":"COSINE"}', { similarity: 'cosine' }],
    ['{"share":1.5,"temperature":7}', { share: 1.5, temperature: 7 }],
    ['{"headers":{"a":"b","c":null}}', { headers: { a: 'b' } }],
    ['{"rate_limit":{}}', { rate_limit: { requests_per_minute: 7 } }],
    ['{"rate_limit":{"requests_per_minute":null}}', { rate_limit: { requests_per_minute: 7 } }],
    ['{"url":"https://a.test/x?y=z"}', { url: 'https://a.test/x?y=z' }],
  ])('of %s is read', (json, settings) => {
    expect(read(json)).toEqual({ rate_limit: { requests_per_minute: 7 }, ...settings });
  });

  it.each(Object.keys(fields).filter((name) => name !== 'rate_limit'))('%s that is required is missed', (name) => {
    const required = [name];
    const reason = `[service_settings] does not contain the required setting [${name}]`;
    expect(failure(() => read('{}', required))).toEqual(invalid(reason));
    expect(failure(() => read(`{"${name}":null}`, required))).toEqual(invalid(reason));
  });
});

describe('settings', () => {
  it('are refused for all that is wrong with them together, in the order in which they are read', () => {
    expect(failure(() => read('{"count":0,"scopes":[],"more":1}', ['model_id']))).toEqual(
      invalid(
        '[service_settings] does not contain the required setting [model_id]',
        '[service_settings] Invalid value [0]. [count] must be a positive integer',
        '[service_settings] Invalid value empty list. [scopes] must be a non-empty list',
      ),
    );
  });

  it.each([
    ['{"more":1,"model_id":"m","other":{"a":[1.0,"x"]}}', '{more=1, other={a=[1.0, x]}}'],
    ['{"more":null}', '{more=null}'],
    ['{"rate_limit":{"x":1}}', '{x=1}'],
    ['{"rate_limit":{"requests_per_minute":3,"y":"z"}}', '{y=z}'],
  ])('that nobody knows are named as Java prints them: %s', (json, map) => {
    expect(failure(() => read(json))).toEqual(unknown(map));
  });
});

describe('settings that a strict parser reads', () => {
  const chainOf = (error: unknown): readonly string[] =>
    error instanceof InferenceError ? [`${error.type}: ${error.message}`, ...chainOf(error.cause)] : [];

  const refusal = (json: string) => {
    const body = parseJson(json);
    const strict: Blame = { ...blame, words: 'strict', locate: (path, what) => locate(body, path, what) };
    const { service_settings: settings } = z.object({ service_settings: jsonMap() }).parse(body.value);
    const schema = z.object({ model_id: text(), count: positiveInteger().optional(), rate_limit: rateLimit(7) });
    try {
      const reading = readSettings(schema, 'service_settings', settings);
      requireSettings(reading, strict);
      refuseUnknown(reading.unknown, strict);
      return undefined;
    } catch (error) {
      return chainOf(error);
    }
  };

  it.each([
    [
      '{"service_settings":{"model_id":"m",\n"more":1,"count":2}}',
      ['x_content_parse_exception: [2:1] [service_settings] unknown field [more]'],
    ],
    [
      '{"service_settings":{"count":0,"more":1}}',
      [
        'x_content_parse_exception: [1:30] [service_settings] failed to parse field [count]',
        'illegal_argument_exception: [service_settings] Invalid value [0]. [count] must be a positive integer',
      ],
    ],
    [
      '{"service_settings":{"model_id":"m","rate_limit":{"x":1}}}',
      [
        'x_content_parse_exception: [1:51] [service_settings] failed to parse field [rate_limit]',
        'x_content_parse_exception: [1:51] [rate_limit] unknown field [x]',
      ],
    ],
    [
      '{"service_settings":{"model_id":"m","counts":1}}',
      ['x_content_parse_exception: [1:37] [service_settings] unknown field [counts] did you mean [count]?'],
    ],
    [
      '{"service_settings":{"model_id":"m","rate_limit":{"request_per_minute":1}}}',
      [
        'x_content_parse_exception: [1:51] [service_settings] failed to parse field [rate_limit]',
        'x_content_parse_exception: [1:51] [rate_limit] unknown field [request_per_minute] did you mean [requests_per_minute]?',
      ],
    ],
    [
      '{"service_settings":{"count":1}}',
      ['illegal_argument_exception: [service_settings] does not contain the required setting [model_id]'],
    ],
    ['{"service_settings":{"model_id":"m"}}', undefined],
  ])('of %s are refused for the first thing wrong', (json, chain) => {
    expect(refusal(json)).toEqual(chain);
  });
});

it.each([
  [
    missingOneOf('service_settings', ['a', 'b']),
    '[service_settings] does not contain one of the required settings [a, b]',
  ],
  [settingNotAllowed('service_settings', 'a'), '[service_settings] does not allow the setting [a]'],
])('a rule between settings reads: %s', (message, expected) => {
  expect(message).toBe(expected);
});
