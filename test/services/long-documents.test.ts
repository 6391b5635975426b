import { describe, expect, it } from 'vitest';
import { storedEndpoint } from './endpoints.ts';

const onNode = { num_threads: 1, num_allocations: 1 };

const sentence = (word: string, words: number) => `${Array.from({ length: words }, () => word).join(' ')}. `;

describe('long documents of a reranker that chunks', () => {
  /** The number of harbours in a text is its score. */
  const harbours = (text: string) => text.split('Harbour').length - 1;
  const chunking = async (settings: object) =>
    storedEndpoint('elasticsearch', 'rerank', { ...onNode, model_id: '.rerank-v1', ...settings }, ({ body }) => ({
      body: JSON.parse(body).texts.map((text: string, index: number) => ({ index, score: harbours(text) })),
    }));
  // A query of one word leaves room for 380 words: the third sentence is in the second chunk, after the end of the second one.
  const long = sentence('Tide', 200) + sentence('Buoy', 100) + sentence('Harbour', 150);
  const short = sentence('Harbour', 3);

  it('count by their best chunk, and are returned whole', async () => {
    const endpoint = await chunking({ long_document_strategy: 'chunk' });
    const { json } = await endpoint.post({ query: 'port', input: [short, long, ''] });
    expect(json).toEqual({
      rerank: [
        { index: 1, relevance_score: 150, text: long },
        { index: 0, relevance_score: 3, text: short },
        { index: 2, relevance_score: 0, text: '' },
      ],
    });
    expect(endpoint.calls()).toEqual([
      {
        query: 'port',
        texts: [
          short,
          sentence('Tide', 200) + sentence('Buoy', 100),
          sentence('Buoy', 100) + sentence('Harbour', 150),
          ' ',
        ],
        raw_scores: true,
        return_text: false,
        truncate: true,
      },
    ]);
  });

  it.each([
    [
      'only so many chunks as may be',
      'port',
      { long_document_strategy: 'chunk', max_chunks_per_doc: 1 },
      [sentence('Tide', 200) + sentence('Buoy', 100)],
    ],
    ['whole documents, which the model cuts', 'port', { long_document_strategy: 'truncate' }, [long]],
    ['whole documents unless told otherwise', 'port', {}, [long]],
    [
      'smaller chunks beside a longer query, of 192 words at least',
      sentence('port', 300),
      { long_document_strategy: 'chunk' },
      [
        // The first sentence is longer than a chunk: its cut pieces share 20 words, and the last of them stays open.
        Array.from({ length: 192 }, () => 'Tide').join(' '),
        ` ${sentence('Tide', 28)}${sentence('Buoy', 100)}`,
        ` ${sentence('Buoy', 20)}${sentence('Harbour', 150)}`,
      ],
    ],
  ])('send %s', async (_, query, settings, expected) => {
    const endpoint = await chunking(settings);
    await endpoint.post({ query, input: [long] });
    expect(endpoint.calls().map((call) => call.texts)).toEqual([expected]);
  });
});
