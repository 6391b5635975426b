import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifest, uploadedModelId } from '../../lib/ml-node/manifest.ts';

describe('a manifest', () => {
  it.each([
    [{ task_type: 'rerank' }, { task_type: 'rerank' }],
    [
      {
        task_type: 'text_embedding',
        prefixes: { search: 'query: ', ingest: 'passage: ' },
        max_input_tokens: 256,
        pooling: 'cls',
        normalize: false,
      },
      {
        task_type: 'text_embedding',
        prefixes: { search: 'query: ', ingest: 'passage: ' },
        max_input_tokens: 256,
        pooling: 'cls',
        normalize: false,
      },
    ],
    [
      { task_type: 'sparse_embedding', prefixes: { search: 'q ' } },
      { task_type: 'sparse_embedding', prefixes: { search: 'q ', ingest: '' } },
    ],
  ])('is read: %o', (given, read) => {
    expect(readManifest(JSON.stringify(given))).toEqual(read);
  });

  it.each([
    ['no JSON', '{', 'Its inlet.json is no JSON'],
    ['another task', '{"task_type":"completion"}', 'Its inlet.json does not fit: [task_type]:'],
    ['no task', '{}', 'Its inlet.json does not fit: [task_type]:'],
    ['a key that is none', '{"task_type":"rerank","prefix":"a"}', 'prefix'],
    ['no room for a text', '{"task_type":"rerank","max_input_tokens":0}', '[max_input_tokens]'],
    ['a pooling of no vectors', '{"task_type":"rerank","pooling":"mean"}', 'are for text_embedding'],
    ['a list', '[]', 'Its inlet.json does not fit'],
  ])('is refused with a sentence for %s', (_what, text, words) => {
    expect(() => readManifest(text)).toThrow(words);
  });
});

it('makes an id out of a path', () => {
  expect(uploadedModelId('sentence-transformers/all-MiniLM-L6-v2')).toBe('sentence-transformers__all-minilm-l6-v2');
  const path = fc.array(fc.stringMatching(/^[a-z\d-]+$/), { minLength: 1 });
  fc.assert(
    fc.property(path, (parts) => {
      expect(uploadedModelId(parts.join('/')).split('__')).toEqual(parts);
    }),
  );
});
