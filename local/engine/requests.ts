import * as z from 'zod';
import { limits } from './limits.ts';
import { empty, invalid, malformed } from './tei-error.ts';

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** Fields of every route. Others, such as `prompt_name`, are ignored. */
const shared = {
  // The server's own default is to cut.
  truncate: z
    .boolean()
    .nullish()
    .transform((truncate) => truncate ?? true),
  truncation_direction: z.literal('Right').optional(),
};

/** What the three routes take; the shapes of Text Embeddings Inference. */
export const bodies = {
  embed: z.object({ inputs: texts, normalize: z.boolean().default(true), ...shared }),
  embed_sparse: z.object({ inputs: texts, ...shared }),
  rerank: z.object({
    query: z.string(),
    texts: z.array(z.string()),
    raw_scores: z.boolean().default(false),
    return_text: z.boolean().default(false),
    ...shared,
  }),
};

/**
 * Reads a request's body.
 *
 * @throws TeiError 422 in plain text when it is not JSON or not of the shape
 */
export const parseBody = <Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed('Failed to parse the request body as JSON');
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.');
  throw malformed(`Failed to deserialize the JSON body into the target type${at ? `: ${at}` : ''}`);
};

/**
 * Checks the number of inputs of one call.
 *
 * @throws TeiError 400 when there is none, 422 when there are too many
 */
export const checkCount = (field: 'inputs' | 'texts', inputs: readonly string[]): void => {
  if (inputs.length === 0) throw empty(field);
  if (inputs.length > limits.inputsPerCall) {
    throw invalid(`batch size ${inputs.length} > maximum allowed batch size ${limits.inputsPerCall}`);
  }
};
