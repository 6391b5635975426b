import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { keyFile } from '../../helpers/service-account.ts';
import { testedEndpoint } from '../endpoints.ts';

// Gemini refuses a conversation whose calls come back without the signatures that it gave them.

type Part = {
  readonly text?: string;
  readonly thought?: true;
  readonly functionCall?: { readonly name: string; readonly args?: unknown; readonly id?: string | undefined };
  readonly thoughtSignature?: string | undefined;
};

const signature = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
const args = fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined });

const thoughts = fc.array(
  fc.record({ text: fc.string({ minLength: 1 }), thought: fc.constant(true as const), thoughtSignature: signature }),
);
const said = fc.option(fc.record({ text: fc.string({ minLength: 1 }), thoughtSignature: signature }), {
  nil: undefined,
});
const calls = fc.array(fc.record({ args, hasId: fc.boolean(), thoughtSignature: signature })).map((list) =>
  list.map(({ args: sent, hasId, thoughtSignature }, index) => ({
    functionCall: { name: `f${index}`, args: sent, id: hasId ? `c-${index}` : undefined },
    thoughtSignature,
  })),
);

/** What the model may say in one answer, in the order in which Gemini wants it back. */
const answer = fc
  .tuple(thoughts, said, calls)
  .map(([thinking, text, called]): readonly Part[] => [...thinking, ...(text ? [text] : []), ...called]);

const answerOf = (parts: readonly Part[]) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }],
  usageMetadata: {},
  modelVersion: 'm',
  responseId: 'r',
});
const eventOf = (parts: readonly Part[]) => `data: ${JSON.stringify(answerOf(parts))}\n\n`;

const chunk = z.object({
  choices: z.tuple([
    z.object({
      delta: z.object({
        content: z.string().optional(),
        tool_calls: z
          .array(
            z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string().optional() }) }),
          )
          .optional(),
        reasoning_details: z.array(z.json()).optional(),
      }),
    }),
  ]),
});

/** The message that a caller makes of a stream, piece by piece. */
const messageOf = (text: string) => {
  const deltas = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => chunk.parse(JSON.parse(line.slice('data: '.length))).choices[0].delta);
  const called = deltas.flatMap(({ tool_calls = [] }) => tool_calls);
  const details = deltas.flatMap(({ reasoning_details = [] }) => reasoning_details);
  return {
    role: 'assistant',
    content: deltas.map(({ content = '' }) => content).join(''),
    ...(called.length > 0 && {
      tool_calls: called.map(({ id, function: { name, arguments: written = '' } }) => ({
        id,
        type: 'function',
        function: { name, arguments: written },
      })),
    }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
};

/** What must go back: where nobody signed the first call, a sign that says so, and arguments though there were none. */
const expectedOf = (parts: readonly Part[]): readonly Part[] => {
  const first = parts.findIndex(({ functionCall }) => functionCall);
  return parts.map(({ functionCall, ...part }, index) =>
    functionCall
      ? {
          functionCall: { name: functionCall.name, args: functionCall.args ?? null, id: functionCall.id },
          thoughtSignature: part.thoughtSignature ?? (index === first ? 'skip_thought_signature_validator' : undefined),
        }
      : part,
  );
};

it('what Gemini streams goes back to it as it was: thoughts, texts, calls and their signatures', async () => {
  let parts: readonly (readonly Part[])[] = [[]];
  const endpoint = testedEndpoint('chat_completion', ({ url }) => {
    if (url.endsWith('/token')) return { body: { access_token: 't', expires_in: 3600 } };
    return { body: url.endsWith('alt=sse') ? parts.map(eventOf).join('') : answerOf([]) };
  });
  const service_settings = { service_account_json: JSON.stringify(keyFile), project_id: 'p', model_id: 'm' };
  expect((await endpoint.put({ service: 'googlevertexai', service_settings })).status).toBe(200);
  const question = { role: 'user', content: '?' };
  await fc.assert(
    fc.asyncProperty(answer, fc.boolean(), async (told, inOneEvent) => {
      parts = inOneEvent ? [told] : [...told.map((part) => [part]), []];
      const { text } = await endpoint.stream({ messages: [question] });
      expect((await endpoint.post({ messages: [question, messageOf(text)] })).status).toBe(200);
      const { contents } = JSON.parse(endpoint.sent.at(-1)?.body ?? '');
      // As text: the order of keys counts too, and so does a key `__proto__`.
      expect(JSON.stringify(contents[1].parts)).toBe(JSON.stringify(expectedOf(told)));
    }),
    { numRuns: 100 },
  );
});
