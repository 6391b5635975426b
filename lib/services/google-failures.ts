import * as z from 'zod';
import { callerStatus, failureReason } from './failures.ts';
import type { Failure, ServiceAnswer } from './service.ts';

// Errors of Google's APIs: `{"error":{"code":403,"message":"…","status":"PERMISSION_DENIED"}}`.

const googleError = z.object({
  error: z.object({
    message: z.string(),
    code: z.int().optional().catch(undefined),
    status: z.string().optional().catch(undefined),
  }),
});

export type GoogleError = z.output<typeof googleError>['error'];

/** The error object of an answer or a frame; undefined where there is none. */
export const readGoogleError = (body: unknown): GoogleError | undefined => googleError.safeParse(body).data?.error;

const classify = (
  { status, url }: ServiceAnswer,
  label: string,
): Pick<Failure, 'retry'> & { readonly prefix: string } => {
  if (status === 503) return { prefix: `The ${label} service may be temporarily overloaded or down`, retry: true };
  if (status >= 500) return { prefix: 'Received a server error status code', retry: status === 500 };
  if (status === 429) return { prefix: 'Received a rate limit status code', retry: true };
  if (status === 404) return { prefix: `Resource not found at [${url}]` };
  if (status === 403) return { prefix: 'Received a permission denied error status code' };
  if (status >= 300 && status < 400) return { prefix: 'Unhandled redirection' };
  return { prefix: 'Received an unsuccessful status code' };
};

/**
 * Reads a failed answer of one of Google's own services, but for what chat says besides.
 *
 * @param label - the service as people write it: `Google AI Studio`
 * @param message - what went wrong, where that is not the message of an error object
 */
export const googleFailure = (
  answer: ServiceAnswer,
  id: string,
  label: string,
  message = readGoogleError(answer.body)?.message,
): Failure => {
  const { prefix, ...rest } = classify(answer, label);
  return {
    ...rest,
    status: callerStatus(answer.status),
    reason: failureReason(prefix, id, answer.status, message),
  };
};
