import { vectorOf } from '../../helpers/openai-stand-in.ts';
import { providerKey } from '../stand-ins/provider.ts';
import { provider } from './deployment.ts';

/** Settings of a service that are the same in every target: the address alone leads to the stand-in. */
export const settingsFor = (path: 'embeddings' | 'chat/completions', api_key: string = providerKey) => ({
  service: 'openai',
  service_settings: { api_key, model_id: 'some-model', url: `${provider}/v1/${path}` },
});

export const embeddings = settingsFor('embeddings');
export const completions = settingsFor('chat/completions');

/** What the provider answers to texts, in Elasticsearch's words. */
export const vectors = (input: readonly string[], dimensions = 8) => ({
  text_embedding: input.map((text) => ({ embedding: vectorOf(text, dimensions) })),
});

/** Elasticsearch's error envelope. */
export const failure = (status: number, type: string, reason: string) => ({
  error: { root_cause: [{ type, reason }], type, reason },
  status,
});
