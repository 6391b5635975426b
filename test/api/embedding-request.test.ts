import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmbeddingRequest } from '../../lib/api/embedding-request.ts';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson } from '../../lib/api/json.ts';
import { bodyOf, nearly } from './bodies.ts';
import { errorsOf } from './error-chain.ts';
import refusals from './rows/embedding-request.json' with { type: 'json' };

const text = (value: string) => ({ type: 'text', format: 'text', value });
const image = { type: 'image', format: 'base64', value: 'data:image/png;base64,AA==' };

describe('parseEmbeddingRequest', () => {
  it.each([
    ['{"input":"a"}', { input: [[text('a')]], taskSettings: {} }],
    ['{"input":["a",""]}', { input: [[text('a')], [text('')]], taskSettings: {} }],
    ['{"input":{"content":{"type":"text","value":"a"}}}', { input: [[text('a')]], taskSettings: {} }],
    [
      '{"input":["a",{"content":[{"type":"text","value":"b"},{"type":"image","value":"data:image/png;base64,AA=="}]}]}',
      { input: [[text('a')], [text('b'), image]], taskSettings: {} },
    ],
    ['{"input":"a","input_type":"Ingest"}', { input: [[text('a')]], inputType: 'ingest', taskSettings: {} }],
    [
      '{"input":"a","input_type":"internal_search"}',
      { input: [[text('a')]], inputType: 'internal_search', taskSettings: {} },
    ],
    ['{"input":"a","task_settings":{"b":1}}', { input: [[text('a')]], taskSettings: { b: 1 } }],
  ])('reads %s', (body, request) => {
    expect(parseEmbeddingRequest(parseJson(body))).toEqual(request);
  });

  it.each(refusals)('refuses a body: $when', ({ body, errors }) => {
    expect(errorsOf(() => parseEmbeddingRequest(bodyOf(body)))).toEqual(errors);
  });

  it('gives a request whose groups all hold items or blames the caller, whatever the body', () => {
    const names = ['input', 'content', 'type', 'value', 'format', 'input_type', 'task_settings'];
    fc.assert(
      fc.property(nearly(names, ['text', 'pdf', 'search', image.value]), (sent) => {
        try {
          for (const group of parseEmbeddingRequest(bodyOf(sent)).input) expect(group.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InferenceError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
