import * as z from 'zod';
import type { Script } from '../helpers/scripted-http.ts';
import { openai } from './openai.ts';

const asked = z.object({ inputs: z.array(z.string()).default([]), texts: z.array(z.string()).default([]) });

/** The default endpoints, with the task type of each. */
export const defaultEndpoints = {
  sparse_embedding: '.elser-2-elasticsearch',
  text_embedding: '.multilingual-e5-small-elasticsearch',
  rerank: '.rerank-v1-elasticsearch',
} as const;

/** Answers as Text Embeddings Inference does: numbers are made of the lengths of texts. */
export const mlNode: Script = ({ url, body }) => {
  const { inputs, texts } = asked.parse(JSON.parse(body));
  if (url.endsWith('/rerank')) {
    const scores = texts.map((text, index) => ({ index, score: text.length }));
    return { body: scores.sort((a, b) => b.score - a.score) };
  }
  if (url.endsWith('/embed_sparse')) return { body: inputs.map((text) => [{ index: 2000, value: text.length }]) };
  return { body: inputs.map((text) => [text.length, 0.5]) };
};

export const isForNode = ({ url }: { readonly url: string }): boolean => url.startsWith('http://node.test/');

/** The ML node and OpenAI, each at its address. */
export const allServices: Script = (request, position) =>
  isForNode(request) ? mlNode(request, position) : openai(request, position);
