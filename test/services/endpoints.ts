import { refused, refusedFor } from '../helpers/envelopes.ts';
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

/** The same, once it is stored; `calls` are the bodies of what went out since. */
export const storedEndpoint = async (service: string, task: string, serviceSettings: object, script?: Script) => {
  const endpoint = testedEndpoint(task, script);
  const { status, text } = await endpoint.put({ service, service_settings: serviceSettings });
  if (status !== 200) throw new Error(`PUT answered ${text}`);
  const before = endpoint.sent.length;
  return { ...endpoint, shown: text, calls: () => endpoint.sent.slice(before).map(({ body }) => JSON.parse(body)) };
};

/** The refusal of settings that break rules, with all that is wrong with them. */
export const validationFailed = (...reasons: readonly string[]) =>
  refused(
    400,
    'validation_exception',
    `Validation Failed: ${reasons.map((reason, index) => `${index + 1}: ${reason};`).join('')}`,
  );

/** What a strict parser says of a setting that is missing or empty: the first one, without a place. */
export const lacking = (reason: string) => refused(400, 'illegal_argument_exception', reason);

export const statusError = (reason: string, status = 400) => refused(status, 'status_exception', reason);

/** The refusal of one setting by a strict parser: where in the body, and why. */
export const notParsed = (place: string, field: string, why: string) => {
  const error = { type: 'x_content_parse_exception', reason: `${place} failed to parse field [${field}]` };
  return refusedFor(400, error, { type: 'illegal_argument_exception', reason: why }, error);
};

/** The refusal of a setting inside another one, as the parser around it tells what `inner` told. */
export const notParsedInside = (place: string, field: string, inner: ReturnType<typeof refused>) => {
  const { root_cause: rootCause, ...told } = inner.json.error;
  const reason = `${place} failed to parse field [${field}]`;
  const error = { root_cause: rootCause, type: 'x_content_parse_exception', reason, caused_by: told };
  return { ...inner, json: { ...inner.json, error } };
};

export const unknownField = (reason: string) => refused(400, 'x_content_parse_exception', reason);
