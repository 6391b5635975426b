import type { EndpointRow } from '../../lib/inference/ports.ts';

/** A whole row with every field, changed as the test needs. */
export const exampleRow = (changes: Partial<EndpointRow> = {}): EndpointRow => ({
  version: 1,
  inference_id: 'my-embeddings',
  task_type: 'text_embedding',
  service: 'openai',
  service_settings: {
    model_id: 'text-embedding-3-small',
    similarity: 'dot_product',
    rate_limit: { requests_per_minute: 3000 },
  },
  task_settings: { user: 'someone', headers: {} },
  chunking_settings: { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 },
  secret: 'inlet/endpoint/0c3f5f1e-6a7b-4a53-a3b0-0e8a8a1d2f10',
  revision: 'first',
  created: 1_790_000_000_000,
  updated: 1_790_000_000_001,
  ...changes,
});
