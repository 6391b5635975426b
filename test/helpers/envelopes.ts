import type { Answer } from './whole-service.ts';

type Cause = { readonly type: string; readonly reason: string };

/** Status and JSON of an answer. */
export const told = ({ status, json }: Answer) => ({ status, json });

/** Elasticsearch's envelope of an error without causes. */
export const refused = (status: number, type: string, reason: string) => ({
  status,
  json: { error: { root_cause: [{ type, reason }], type, reason }, status },
});

/** The envelope of an error with one cause, which is its root unless it is said to be none. */
export const refusedFor = (status: number, error: Cause, cause: Cause, root: Cause = cause) => ({
  status,
  json: { error: { root_cause: [root], ...error, caused_by: cause }, status },
});

/** The refusal of a PUT or an update whose validation call has failed, with what that was told. */
export const validationCallFailed = (reason: string, type = 'status_exception') =>
  refusedFor(
    400,
    {
      type: 'status_exception',
      reason: 'Could not complete inference endpoint creation as validation call to service threw an exception.',
    },
    { type, reason },
  );

/** The envelope of errors of chat, which has no status. */
export const chatRefused = (status: number, code: string, message: string, type = 'status_exception') => ({
  status,
  json: { error: { code, message, type } },
});
