import { type Script, scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';

/**
 * One endpoint called `tested` of one task, through the whole service, with everything that goes out on the way.
 *
 * @param script - what the service behind it answers; nothing may go out without one
 */
export const testedEndpoint = (task: string, script?: Script) => {
  const http = scriptedHttp(async (request, position) => {
    if (!script) throw new Error(`An unexpected request to ${request.url}`);
    return script(request, position);
  });
  const whole = createWholeService(http);
  const path = `/_inference/${task}/tested`;
  return {
    sent: http.sent,
    secrets: whole.secrets,
    /** Lines of the log. */
    lines: whole.lines,
    put: (body: unknown) => whole.request({ method: 'PUT', path, body }),
    get: () => whole.request({ method: 'GET', path }),
    getOther: (id: string) => whole.request({ method: 'GET', path: `/_inference/${id}` }),
    update: (body: unknown) => whole.request({ method: 'PUT', path: `${path}/_update`, body }),
    post: (body: unknown) => whole.request({ method: 'POST', path, body }),
    stream: (body: unknown, signal?: AbortSignal) =>
      whole.request({ method: 'POST', path: `${path}/_stream`, body, ...(signal && { signal }) }),
  };
};

/** An error in Elasticsearch's envelope. A cause is also its root, unless the cause is an error of Java's own. */
export const standardError = (
  status: number,
  type: string,
  reason: string,
  cause?: { readonly type: string; readonly reason: string },
) => ({
  error: {
    root_cause: [cause && cause.type !== 'illegal_argument_exception' ? cause : { type, reason }],
    type,
    reason,
    ...(cause && { caused_by: cause }),
  },
  status,
});

/** The error of settings that break rules, with all that is wrong with them. */
export const validationFailed = (...reasons: readonly string[]) =>
  standardError(
    400,
    'validation_exception',
    `Validation Failed: ${reasons.map((reason, index) => `${index + 1}: ${reason};`).join('')}`,
  );

export const statusError = (reason: string, status = 400) => standardError(status, 'status_exception', reason);
