import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseInferenceRequest } from '../../lib/api/inference-request.ts';
import { JsonDecimal, parseJson } from '../../lib/api/json.ts';
import { bodyOf, nearly } from './bodies.ts';
import { errorsOf } from './error-chain.ts';
import refusals from './rows/inference-request.json' with { type: 'json' };

describe('parseInferenceRequest', () => {
  it.each([
    ['{"input":"a"}', { input: ['a'], taskSettings: {} }],
    ['{"input":""}', { input: [''], taskSettings: {} }],
    ['{"input":["a",""]}', { input: ['a', ''], taskSettings: {} }],
    [
      '{"input":["a",1,1.50,12345678901234567890,true]}',
      {
        input: ['a', '1', '1.50', '12345678901234567890', 'true'],
        taskSettings: {},
      },
    ],
    ['{"input":"a","input_type":"search"}', { input: ['a'], inputType: 'search', taskSettings: {} }],
    ['{"input":"a","input_type":" Clustering "}', { input: ['a'], inputType: 'clustering', taskSettings: {} }],
    ['{"input":"a","input_type":"UNSPECIFIED"}', { input: ['a'], inputType: 'unspecified', taskSettings: {} }],
    ['{"input":"a","timeout":"1s"}', { input: ['a'], taskSettings: {} }],
    [
      '{"task_settings":{"user":null,"size":1.50},"input":"a"}',
      {
        input: ['a'],
        taskSettings: { user: null, size: new JsonDecimal('1.50') },
      },
    ],
  ])('reads %s', (text, request) => {
    expect(parseInferenceRequest(parseJson(text), 'text_embedding')).toEqual(request);
  });

  it.each(refusals)('refuses a body: $when', ({ body, errors }) => {
    expect(errorsOf(() => parseInferenceRequest(bodyOf(body), 'text_embedding'))).toEqual(errors);
  });

  it('takes a field with the name of the prototype for an unknown one', () => {
    expect(errorsOf(() => parseInferenceRequest(parseJson('{"__proto__":{"input":"a"}}'), 'text_embedding'))).toEqual([
      ['x_content_parse_exception', '[1:2] [cluster:internal/xpack/inference] unknown field [__proto__]'],
    ]);
  });

  it.each(['sparse_embedding', 'completion'] as const)(
    'takes an input type for %s only where the path does not name the task',
    (taskType) => {
      const body = bodyOf({ input: 'a', input_type: 'search' });
      const request = { input: ['a'], inputType: 'search', taskSettings: {} };
      expect(parseInferenceRequest(body, undefined)).toEqual(request);
      expect(errorsOf(() => parseInferenceRequest(body, taskType))).toEqual([
        [
          'action_request_validation_exception',
          `Validation Failed: 1: Field [input_type] cannot be specified for task type [${taskType}];`,
        ],
      ]);
    },
  );

  it('takes the input type that says nothing for every task', () => {
    const request = { input: ['a'], inputType: 'unspecified', taskSettings: {} };
    expect(parseInferenceRequest(bodyOf({ input: 'a', input_type: 'unspecified' }), 'completion')).toEqual(request);
  });

  it('hands thousands of texts on without copying them', () => {
    const body = bodyOf({ input: Array.from({ length: 2048 }, (_, index) => `text ${index}`) });
    const { input } = parseInferenceRequest(body, 'text_embedding');
    expect(input).toBe(Object.values(body.value ?? {})[0]);
  });

  it('gives a request or blames the caller, whatever the body', () => {
    const names = ['input', 'input_type', 'task_settings', 'timeout'];
    fc.assert(
      fc.property(nearly(names, ['search', '30s']), (sent) => {
        try {
          expect(parseInferenceRequest(bodyOf(sent), 'completion').input.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InferenceError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
