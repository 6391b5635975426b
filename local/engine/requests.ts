import * as z from 'zod';
import type { Input } from './encoder.ts';
import { limits } from './limits.ts';
import { empty, invalid, malformed } from './tei-error.ts';
import type { Cut } from './truncate.ts';

const ids = z.array(z.uint32());

/** `[1, 2]` is one input, the ids of its tokens; `["a", "b"]` and `[[1, 2], [3]]` are two. */
const inputs: z.ZodType<readonly Input[]> = z.union([
  z.string().transform((text) => [text]),
  ids.nonempty().transform((one) => [one]),
  z.array(z.union([z.string(), ids])),
]);

/** How inputs that are too long are treated. The server's own default is to cut. */
const truncation = {
  truncate: z.boolean().nullish(),
  truncation_direction: z.enum(['Right', 'Left']).default('Right'),
};

const withCut = <Body extends { readonly truncate?: boolean | null | undefined; readonly truncation_direction: Cut }>({
  truncate,
  truncation_direction,
  ...rest
}: Body) => ({ ...rest, cut: truncate === false ? ('none' as const) : truncation_direction });

const dimensions = z.int().min(1).nullish();

/** What the routes take; the shapes of Text Embeddings Inference. Other fields, such as `prompt_name`, are ignored. */
export const bodies = {
  embed: z.object({ inputs, normalize: z.boolean().default(true), dimensions, ...truncation }).transform(withCut),
  embed_sparse: z.object({ inputs, ...truncation }).transform(withCut),
  rerank: z
    .object({
      query: z.string(),
      texts: z.array(z.string()),
      raw_scores: z.boolean().default(false),
      return_text: z.boolean().default(false),
      ...truncation,
    })
    .transform(withCut),
  similarity: z.object({
    inputs: z.object({ source_sentence: z.string(), sentences: z.array(z.string()) }),
    parameters: z.object(truncation).prefault({}).transform(withCut),
  }),
  /** OpenAI's shape. */
  embeddings: z.object({
    input: inputs,
    model: z.string().nullish(),
    encoding_format: z.enum(['float', 'base64']).default('float'),
    dimensions,
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
export const checkCount = (field: string, given: readonly unknown[]): void => {
  if (given.length === 0) throw empty(field);
  if (given.length > limits.inputsPerCall) {
    throw invalid(`batch size ${given.length} > maximum allowed batch size ${limits.inputsPerCall}`);
  }
};
