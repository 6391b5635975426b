import * as z from 'zod';
import { float } from '../api/float.ts';
import type { InferenceResult } from '../api/results.ts';

const answer = z.object({
  records: z.array(z.object({ score: float, id: z.union([z.string(), z.int()]), content: z.string().optional() })),
});

const where = 'in Google Vertex AI rerank response';

/** What Elasticsearch says of the first field that is missing. */
const missingField = ({ issues: [issue] }: z.ZodError): string => {
  const name = issue?.path.findLast((step) => typeof step === 'string') ?? 'records';
  return `Failed to find required field [${name}] ${where}`;
};

/** Records in the order in which they come; their ids are the numbers of the documents. */
export const readRanking: z.ZodType<InferenceResult> = z.unknown().transform((body, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const read = answer.safeParse(body);
  if (!read.success) return refuse(missingField(read.error));
  const unnumbered = read.data.records.find(({ id }) => !/^\d+$/.test(String(id)));
  if (unnumbered) return refuse(`Expected numeric value for record ID field ${where} but received [${unnumbered.id}]`);
  return {
    kind: 'rerank',
    documents: read.data.records.map(({ id, score, content }) => ({
      index: Number(id),
      relevance_score: score,
      ...(content !== undefined && { text: content }),
    })),
  };
});
