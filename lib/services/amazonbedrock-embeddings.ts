import * as z from 'zod';
import type { InputType } from '../api/input-type.ts';
import type { InferenceResult, Vector } from '../api/results.ts';
import { vector } from './dense.ts';

// What the models of the two providers of embeddings take and answer.

const cohereInputTypes: Readonly<Record<InputType, string>> = {
  ingest: 'search_document',
  internal_ingest: 'search_document',
  search: 'search_query',
  internal_search: 'search_query',
  classification: 'classification',
  clustering: 'clustering',
  unspecified: 'search_document',
};

type Embedding = {
  readonly input: readonly string[];
  readonly inputType?: InputType;
  readonly taskSettings: { readonly truncate?: string | undefined };
};

export const titanBody = ({ input }: Embedding) => ({ inputText: input[0] });

export const cohereBody = ({ input, inputType = 'unspecified', taskSettings: { truncate } }: Embedding) => ({
  texts: input,
  input_type: cohereInputTypes[inputType],
  truncate: truncate?.toUpperCase(),
});

/** Reads an answer; what does not fit misses its one field, in Elasticsearch's words. */
const reading = <Answer>(
  field: string,
  schema: z.ZodType<Answer>,
  rows: (answer: Answer) => readonly Vector[],
): z.ZodType<InferenceResult> =>
  z.unknown().transform((body, context): InferenceResult => {
    const read = schema.safeParse(body);
    if (read.success)
      return { kind: 'dense', key: 'text_embedding', rows: rows(read.data).map((embedding) => ({ embedding })) };
    context.addIssue({
      code: 'custom',
      message: `Failed to find required field [${field}] in Amazon Bedrock embeddings response`,
    });
    return z.NEVER;
  });

export const readTitan = reading('embedding', z.object({ embedding: vector }), ({ embedding }) => [embedding]);

/** One list, or, from newer models, one under the name of its type. */
const vectors = z.array(vector);
const cohereAnswer = z.object({ embeddings: z.union([vectors, z.object({ float: vectors })]) });

export const readCohere = reading('embeddings', cohereAnswer, ({ embeddings }) =>
  'float' in embeddings ? embeddings.float : embeddings,
);

const titanUnits = z.object({ inputTextTokenCount: z.number() });
const converseUnits = z.object({ usage: z.object({ totalTokens: z.number() }) });

/** Tokens that an answer says it took, where it does. */
export const bedrockUnits = (body: unknown): number | undefined =>
  titanUnits.safeParse(body).data?.inputTextTokenCount ?? converseUnits.safeParse(body).data?.usage.totalTokens;
