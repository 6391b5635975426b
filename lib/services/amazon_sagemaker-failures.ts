import * as z from 'zod';
import { statusName } from '../api/envelope.ts';
import type { Failure, ServiceAnswer } from './service.ts';

// What SageMaker says when a call fails: the name of an error, and words that callers see as its cause alone.

type Told = { readonly status: number; readonly words: (id: string) => string };

/** By the names of errors, without the `Exception` at the end that some have. */
const known: Readonly<Record<string, Told>> = {
  InternalDependency: {
    status: 500,
    words: (id) => `Received an internal dependency error from SageMaker for [${id}]`,
  },
  InternalFailure: { status: 500, words: (id) => `Received an internal failure from SageMaker for [${id}]` },
  ModelError: { status: 424, words: (id) => `Received a model error from SageMaker for [${id}]` },
  ModelNotReady: { status: 429, words: (id) => `Received a model not ready error from SageMaker for [${id}]` },
  // Passed on, though clients try again then: Elasticsearch does so too.
  ServiceUnavailable: { status: 503, words: (id) => `SageMaker is unavailable for [${id}]` },
  ValidationError: { status: 400, words: (id) => `Received a validation error from SageMaker for [${id}]` },
};

/** `ModelError` for `ModelErrorException`. */
const bareName = (name: string): string => name.replace(/Exception$/, '');

/** Whether an event of a stream tells of a failure: those of streams have names of their own, `ModelStreamError`, `InternalStreamFailure`. */
export const isFailureName = (name: string): boolean =>
  Object.hasOwn(known, bareName(name)) || /(?:Exception|Error|Failure)$/.test(name);

/** For answers without a name. */
const byStatus: Readonly<Record<number, string>> = {
  400: 'ValidationError',
  424: 'ModelError',
  500: 'InternalFailure',
  503: 'ServiceUnavailable',
  530: 'InternalDependency',
};

const unknown: Told = { status: 500, words: (id) => `Received an error from SageMaker for [${id}]` };

/** What AWS's SDKs try again. */
const retried: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** A failure as both envelopes tell it. */
export const failureOf = (status: number, reason: string, cause?: Failure['cause']): Failure => ({
  status,
  reason,
  chat: { type: 'error', code: statusName(status) },
  ...(cause && { cause }),
});

const snakeCase = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();

/** AWS writes the name of the one field in both ways. */
const said = z.object({ message: z.string().optional(), Message: z.string().optional() });
const named = z.object({ __type: z.string() });

const messageIn = (body: unknown, otherwise: string): string => {
  const { message, Message } = said.safeParse(body).data ?? {};
  return message ?? Message ?? otherwise;
};

/**
 * @param name - as AWS writes it, with or without `Exception` at its end
 * @param body - what came with it
 */
export const namedFailure = (name: string, id: string, body: unknown): Failure => {
  const bare = bareName(name);
  const told = Object.hasOwn(known, bare) ? known[bare] : undefined;
  const { status, words: wordsFor } = told ?? unknown;
  return failureOf(status, wordsFor(id), {
    type: told ? snakeCase(`${bare}Exception`) : 'sage_maker_runtime_exception',
    reason: messageIn(body, name || 'no message'),
  });
};

/** `ModelError:http://…`, or `com.amazonaws.sagemaker#ModelError`. */
const errorName = ({ headers, body, status }: ServiceAnswer): string => {
  const name = headers['x-amzn-errortype'] ?? named.safeParse(body).data?.__type ?? byStatus[status] ?? '';
  return name.replace(/:.*$/s, '').replace(/^.*#/s, '');
};

export const sageMakerFailure = (answer: ServiceAnswer, { id }: { readonly id: string }): Failure => {
  const { body, status } = answer;
  const name = errorName(answer);
  return {
    ...namedFailure(name, id, body),
    retry: retried.has(status) || name.startsWith('Throttling'),
  };
};

/** An answer that cannot be read. `%s` stands there in Elasticsearch too, where the id should be. */
export const notTranslated = (cause: string): Failure =>
  failureOf(500, 'Failed to translate SageMaker response for [%s]', {
    type: 'illegal_argument_exception',
    reason: cause,
  });

/** No answer at all. */
export const notReached = ({ id }: { readonly id: string }, cause: string): Failure =>
  failureOf(500, unknown.words(id), { type: 'sdk_client_exception', reason: cause });
