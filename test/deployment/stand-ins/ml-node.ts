import * as z from 'zod';
import { vectorOf } from '../../helpers/openai-stand-in.ts';

const embed = z.object({ inputs: z.array(z.string()) });
const rerank = z.object({ query: z.string(), texts: z.array(z.string()) });

/** Numbers that E5 has. */
const dimensions = 384;

const shared = (query: string, text: string): number => {
  const words = new Set(text.toLowerCase().split(/\W+/));
  const asked = query.toLowerCase().split(/\W+/);
  return asked.filter((word) => words.has(word)).length / asked.length;
};

/**
 * The JSON of a Text Embeddings Inference server: vectors made of the text alone, scores by shared words.
 *
 * @returns undefined for a path that such a server does not have
 * @see Text Embeddings Inference 1.9, `docs/openapi.json`
 */
export const answerAsNode = (route: string, body: unknown): unknown => {
  switch (route) {
    case 'embed':
      return embed.parse(body).inputs.map((text) => vectorOf(text, dimensions));
    case 'embed_sparse':
      // Entries of the vocabulary; the weights are the text's own.
      return embed.parse(body).inputs.map((text) => [
        { index: 2088, value: 2 },
        { index: 7592, value: 1 + 1 / (text.length + 1) },
      ]);
    case 'rerank': {
      const { query, texts } = rerank.parse(body);
      const scores = texts.map((text, index) => ({ index, score: shared(query, text) }));
      return scores.sort((one, other) => other.score - one.score);
    }
    default:
      return undefined;
  }
};
