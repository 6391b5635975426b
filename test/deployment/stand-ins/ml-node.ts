import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { catalogue } from '../../../lib/ml-node/catalogue.ts';
import type { ComponentRecord } from '../../../local/stand-ins/sagemaker/component-record.ts';
import { servedModel } from '../../../local/stand-ins/sagemaker/served-model.ts';
import { vectorOf } from '../../helpers/openai-stand-in.ts';

const embed = z.object({ inputs: z.array(z.string()) });
const rerank = z.object({ query: z.string(), texts: z.array(z.string()) });

/** Numbers that E5 has. */
export const dimensions = 384;

const shared = (query: string, text: string): number => {
  const words = new Set(text.toLowerCase().split(/\W+/));
  const asked = query.toLowerCase().split(/\W+/);
  return asked.filter((word) => words.has(word)).length / asked.length;
};

/** The JSON of a Text Embeddings Inference server, by what its model does: vectors made of the text alone, scores by shared words. */
const answers: Readonly<Record<string, (body: unknown) => unknown>> = {
  dense: (body) => embed.parse(body).inputs.map((text) => vectorOf(text, dimensions)),
  // Entries of the vocabulary; the weights are the text's own.
  sparse: (body) =>
    embed.parse(body).inputs.map((text) => [
      { index: 2088, value: 2 },
      { index: 7592, value: 1 + 1 / (text.length + 1) },
    ]),
  ranker: (body) => {
    const { query, texts } = rerank.parse(body);
    const scores = texts.map((text, index) => ({ index, score: shared(query, text) }));
    return scores.sort((one, other) => other.score - one.score);
  },
};

const kinds: Readonly<Record<string, string>> = { '.elser_model_2': 'sparse', '.rerank-v1': 'ranker' };

/** From a repository on the hub to the id of the built-in model that it stands for. */
const builtIn = Object.fromEntries(Object.entries(catalogue).map(([id, { hub }]) => [hub.repository, id]));

/** The path of the server that stands for a component's container: uploaded models of the suite are dense ones. */
export const containerPath = (component: ComponentRecord): string =>
  `/${kinds[servedModel(component, builtIn) ?? ''] ?? 'dense'}`;

/**
 * The servers of all models, as SageMaker calls them: `POST <container path>/invocations`.
 *
 * @see Text Embeddings Inference 1.9, `docs/openapi.json`
 */
export const createContainers = (): Server =>
  createServer(async (request, response) => {
    const kind = /^\/(\w+)\/invocations$/.exec(request.url ?? '')?.[1] ?? '';
    const answer = Object.hasOwn(answers, kind) ? answers[kind] : undefined;
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    try {
      const body: unknown = await json(request);
      if (answer) send(200, answer(body));
      else send(404, { error: 'no such model', error_type: 'Validation' });
    } catch (error) {
      send(422, { error: String(error), error_type: 'Validation' });
    }
  });
