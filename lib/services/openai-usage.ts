import * as z from 'zod';

const usage = z.object({ usage: z.object({ total_tokens: z.number() }) });

/** The tokens that an answer in OpenAI's dialect says it took, in and out together; undefined where it does not say. */
export const totalTokens = (body: unknown): number | undefined => usage.safeParse(body).data?.usage.total_tokens;
