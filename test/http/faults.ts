import * as z from 'zod';
import { parseJson } from '../../lib/api/json.ts';
import type { Answer } from '../helpers/whole-service.ts';

const text = z.string().min(1);

const cause = z.looseObject({ type: text, reason: z.string() });

const causes: z.ZodType = z.lazy(() => cause.extend({ caused_by: causes.optional() }));

/** Elasticsearch's envelopes (contract §12): the standard one, that of the router, that of chat. */
const envelopeOf = (status: number, isCall: boolean) => {
  const envelopes = [
    z.strictObject({
      error: cause.extend({ root_cause: z.tuple([cause]), caused_by: causes.optional() }),
      status: z.literal(status),
    }),
    status === 400 ? z.strictObject({ error: text }) : z.strictObject({ error: text, status: z.literal(status) }),
    ...(isCall
      ? [
          z.strictObject({
            error: z.strictObject({
              code: z.string().optional(),
              message: z.string(),
              param: z.string().optional(),
              type: text,
            }),
          }),
        ]
      : []),
  ];
  return z.union(envelopes);
};

const event = /^(?::\n\n)*event: (message|error)\ndata: ([^\n]+)\n\n/;

type Event = { readonly name: string; readonly data: string };

/** The events of a stream; undefined in place of what is none. */
const eventsOf = (text: string): readonly (Event | undefined)[] => {
  if (text === '') return [];
  const [whole, name = '', data = ''] = event.exec(text) ?? [];
  return whole === undefined ? [undefined] : [{ name, data }, ...eventsOf(text.slice(whole.length))];
};

/** A caller's parser, strict about keys that stand twice; undefined for what is no JSON. */
const read = (text: string): { readonly value: unknown } | undefined => {
  try {
    parseJson(text);
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** The one failure of ours that the contract calls a 500 (§5). */
const ours = /^Failed to parse \[task_type\] in update request /;
/** What stands for an error that nobody foresaw. */
const bug = /^Internal error/;

/** Failures of services are 500s in the words of their pages, so of a call's only a bug is none. */
const isNamed = (reason: string, isCall: boolean): boolean => (isCall ? !bug.test(reason) : ours.test(reason));

const faultsOfError = (value: unknown, status: number, isCall: boolean): readonly string[] => {
  const parsed = envelopeOf(status, isCall).safeParse(value);
  if (!parsed.success) return [`no envelope: ${z.prettifyError(parsed.error)}`];
  const { error } = parsed.data;
  const reason = typeof error === 'string' ? error : String('reason' in error ? error.reason : error.message);
  return status < 500 || isNamed(reason, isCall) ? [] : [`a 500 without a name: ${reason}`];
};

const faultsOfStream = ({ status, text }: Answer, isCall: boolean): readonly string[] => {
  const events = eventsOf(text);
  const last = events.at(-1);
  const failed = last?.name === 'error';
  const objects = events.filter((found) => found?.data !== '[DONE]').map((found) => found && read(found.data));
  const told = failed ? objects.at(-1)?.value : undefined;
  // Once a stream has begun, its status says nothing about the error.
  const statusOfError = status === 200 && z.looseObject({ status: z.int() }).safeParse(told).data?.status;
  return [
    ...(objects.includes(undefined) ? ['no events'] : []),
    ...(events.slice(0, -1).some((found) => found?.name === 'error' || found?.data === '[DONE]') ? ['no end'] : []),
    ...(failed || (status === 200 && last?.data === '[DONE]') ? [] : ['an open end']),
    ...(failed ? faultsOfError(told, statusOfError || status, isCall) : []),
  ];
};

const noKeys = z.strictObject({ api_keys: z.tuple([]) });

const faultsOfWhole = ({ status, text }: Answer, isCall: boolean): readonly string[] => {
  const json = read(text);
  if (!json) return ['no JSON'];
  // A key that is not there is told so, too (§15).
  if (status === 404 && noKeys.safeParse(json.value).success) return [];
  return status < 400 ? [] : faultsOfError(json.value, status, isCall);
};

/**
 * What is wrong with an answer, whatever was asked: nothing.
 *
 * @param method - of the request; a call may be told of an error of chat
 * @param service - of the endpoint that was called
 */
export const faultsOf = (answer: Answer, method: string, service?: string): readonly string[] => {
  const { status, headers, text } = answer;
  const type = headers['content-type'];
  const isStream = type === 'text/event-stream';
  const isCall = method === 'POST';
  return [
    ...(headers['X-elastic-product'] === 'Elasticsearch' ? [] : ['no product']),
    ...(isStream || type === 'application/json' || type === 'application/vnd.elasticsearch+json;compatible-with=9'
      ? []
      : [`a type [${type}]`]),
    // None is for a failure of a service, since the clients would ask again; but SageMaker's 503 is passed on.
    ...([502, 503, 504].includes(status) && !(status === 503 && service === 'amazon_sagemaker')
      ? [`status ${status}`]
      : []),
    // A service's own 401 is passed on without one.
    ...(text.includes('"security_exception"') && status === 401 && !Array.isArray(headers['WWW-Authenticate'])
      ? ['no challenge']
      : []),
    ...(status === 405 && !isStream && !('Allow' in headers) && /Incorrect HTTP method/.test(text) ? ['no Allow'] : []),
    ...(method === 'HEAD' ? [] : isStream ? faultsOfStream(answer, isCall) : faultsOfWhole(answer, isCall)),
  ];
};
