import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson } from '../../lib/api/json.ts';
import { parseRerankRequest } from '../../lib/api/rerank-request.ts';
import { bodyOf, nearly } from './bodies.ts';
import { errorsOf } from './error-chain.ts';
import refusals from './rows/rerank-request.json' with { type: 'json' };

const text = (value: string) => ({ type: 'text', format: 'text', value });
const image = { type: 'image', format: 'base64', value: 'data:image/png;base64,AA==' };
const asked = { query: text('q'), taskSettings: {} };

describe('parseRerankRequest', () => {
  it.each([
    ['{"input":"a","query":"q"}', { ...asked, input: [text('a')] }],
    ['{"query":"q","input":["a",""]}', { ...asked, input: [text('a'), text('')] }],
    ['{"input":{"type":"text","value":"a"},"query":{"type":"text","value":"q"}}', { ...asked, input: [text('a')] }],
    [
      '{"input":["a",{"type":"image","value":"data:image/png;base64,AA=="}],"query":"q"}',
      { ...asked, input: [text('a'), image] },
    ],
    ['{"input":"a","query":"q","top_n":3}', { ...asked, input: [text('a')], topN: 3 }],
    ['{"input":"a","query":"q","top_n":3.9}', { ...asked, input: [text('a')], topN: 3 }],
    ['{"input":"a","query":"q","top_n":"3"}', { ...asked, input: [text('a')], topN: 3 }],
    ['{"input":"a","query":"q","return_documents":false}', { ...asked, input: [text('a')], returnDocuments: false }],
    ['{"input":"a","query":"q","return_documents":"true"}', { ...asked, input: [text('a')], returnDocuments: true }],
    ['{"input":"a","query":"q","return_documents":""}', { ...asked, input: [text('a')], returnDocuments: false }],
    ['{"input":"a","query":"q","task_settings":{"a":1}}', { ...asked, input: [text('a')], taskSettings: { a: 1 } }],
  ])('reads %s', (body, request) => {
    expect(parseRerankRequest(parseJson(body))).toEqual(request);
  });

  it.each(refusals)('refuses a body: $when', ({ body, errors }) => {
    expect(errorsOf(() => parseRerankRequest(bodyOf(body)))).toEqual(errors);
  });

  it('reads a list of texts as the same texts one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (texts) => {
        const { input } = parseRerankRequest(bodyOf({ input: texts, query: 'q' }));
        expect(input).toEqual(texts.flatMap((one) => parseRerankRequest(bodyOf({ input: one, query: 'q' })).input));
      }),
    );
  });

  it('gives a request or blames the caller, whatever the body', () => {
    const names = ['input', 'query', 'top_n', 'return_documents', 'task_settings', 'type', 'value', 'format'];
    fc.assert(
      fc.property(nearly(names, ['text', 'image', 'base64', image.value]), (sent) => {
        try {
          expect(parseRerankRequest(bodyOf(sent)).input.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InferenceError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
