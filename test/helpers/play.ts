import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import type { OutboundRequest } from '../../lib/transport/types.ts';
import { eventStream } from './event-stream.ts';
import { type Script, scriptedHttp } from './scripted-http.ts';
import { withKeyFile } from './service-account.ts';
import { type Answer, createWholeService } from './whole-service.ts';

// An exchange is a file `test/services/<service>/<task>.<case>.json`: what a caller sends, what goes out to the service, what comes
// back from it, and what the caller gets. `validation.json` beside them holds the answers to the validation call of PUT.

const request = z.strictObject({ url: z.string(), headers: z.record(z.string(), z.string()), body: z.json() });
const answered = z.strictObject({
  status: z.int().default(200),
  headers: z.record(z.string(), z.string()).default({}),
});
const response = z.union([
  answered.extend({ body: z.json() }),
  answered
    /** An AWS event stream: `[{"messageStart":{…}}, {"throttlingException":{…}}]`. */
    .extend({ eventStream: z.array(z.record(z.string(), z.json())) })
    .transform(({ eventStream: messages, ...rest }) => ({ ...rest, body: eventStream(messages) })),
]);

const exchangeFile = z.strictObject({
  /** Where the facts are from. */
  source: z.string().min(1),
  service_settings: z.record(z.string(), z.json()),
  task_settings: z.record(z.string(), z.json()).optional(),
  /** Answer to the validation call, where that of `validation.json` does not fit. */
  validation: response.optional(),
  /** Body of the POST. */
  input: z.json(),
  query: z.record(z.string(), z.string()).optional(),
  /** The POST goes to `_stream`. */
  stream: z.literal(true).optional(),
  /** What goes out and comes back before the last request: a token, an attempt that is repeated. */
  earlier: z.array(z.strictObject({ request, response })).optional(),
  /** Absent where nothing goes out. */
  request: request.optional(),
  response: response.optional(),
  /** How often the last request goes out, when each time the same comes back. */
  attempts: z.int().default(1),
  /** The answer's JSON; of a stream its events, each under its name: `{"message":{…}}`. */
  result: z.json().optional(),
  error: z.strictObject({ status: z.int(), envelope: z.json() }).optional(),
});

export type Exchange = z.output<typeof exchangeFile> & {
  readonly service: string;
  readonly task: string;
  readonly file: string;
};

const folder = join(import.meta.dirname, '../services');

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));

const isExchange = (path: string): boolean =>
  path.endsWith('.json') && path.includes('/') && basename(path) !== 'validation.json';

/** Every exchange, sorted by service, task and case. */
export const readExchanges = (): readonly Exchange[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(isExchange)
    .sort()
    .map((path) => {
      const file = basename(path);
      const read = exchangeFile.safeParse(readJson(path));
      if (!read.success) throw new Error(`${path}: ${z.prettifyError(read.error)}`);
      return { ...read.data, service: dirname(path), task: file.slice(0, file.indexOf('.')), file };
    });

const validationFile = z.record(z.string(), response);

const answersToValidation = (service: string): z.output<typeof validationFile> =>
  validationFile.parse(readJson(join(service, 'validation.json')));

/** What the validation call of an exchange's endpoint is answered. */
export const validationOf = ({ service, task, validation }: Exchange) => {
  const answer = validation ?? answersToValidation(service)[task];
  if (!answer) throw new Error(`${service} makes no validation call for ${task}`);
  return answer;
};

const isForm = ({ headers }: OutboundRequest): boolean =>
  headers['content-type'] === 'application/x-www-form-urlencoded';

/** A token that is over before the POST, so that the exchange shows how it is fetched. */
const shortToken = { body: { access_token: 'token of the validation call', expires_in: 1 } };

/** One that lasts: the signature of a request for it depends on the time, so no exchange can show how it is fetched. */
const longToken = { body: { access_token: 'token-1', expires_in: 3600 } };

/** Answers the validation call of an exchange's endpoint. */
export const validationScript =
  (exchange: Exchange): Script =>
  (sent) => {
    if (isForm(sent)) return sent.body.includes('assertion=') ? longToken : shortToken;
    return validationOf(exchange);
  };

/** Signed headers that change with each second and byte; whether they are right is tested where they are made. */
const signatureParts: ReadonlySet<string> = new Set(['x-amz-date', 'x-amz-content-sha256']);

const describeHeader = (name: string, value: string) => [
  name.toLowerCase(),
  value.replace(/^(AWS4-HMAC-SHA256 Credential=[^/]+)\/\d{8}\/([^,]+), .*$/, '$1/$2'),
];

/** An outbound request as exchange files write it: header names in lower case, whose key signs for what, JSON parsed. */
const describeRequest = (sent: OutboundRequest) => ({
  url: sent.url,
  headers: Object.fromEntries(
    Object.entries(sent.headers)
      .filter(([name]) => !signatureParts.has(name.toLowerCase()))
      .map(([name, value]) => describeHeader(name, value)),
  ),
  body: isForm(sent) ? sent.body : JSON.parse(sent.body),
});

/** Events of a stream in the form of exchange files. */
const readEvents = (text: string): unknown[] =>
  text.split('\n\n').flatMap((event) => {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    if (name === undefined || data === undefined) return event === '' ? [] : [{ unreadable: event }];
    return [{ [name]: data === '[DONE]' ? data : JSON.parse(data) }];
  });

const isEvents = ({ headers }: Answer): boolean => headers['content-type'] === 'text/event-stream';

/** Ids of answers that are made here, where the service gives none. */
export const withoutRandom = (text: string): string => text.replaceAll(/unified-[\da-f-]{36}/g, 'unified-random');

/** The answer in the form of exchange files: its JSON or events; the envelope of an error that comes before any data. */
const describeAnswer = (answer: Answer) => {
  if (!isEvents(answer)) return { status: answer.status, body: JSON.parse(withoutRandom(answer.text)) };
  const events = readEvents(withoutRandom(answer.text));
  return {
    status: answer.status,
    body: answer.status === 200 ? events : z.tuple([z.object({ error: z.json() })]).parse(events)[0].error,
  };
};

/** What goes out and comes back, in order. */
const steps = ({ earlier = [], request: last, response: answered, attempts }: Exchange) => [
  ...earlier,
  ...(last && answered ? Array.from({ length: attempts }, () => ({ request: last, response: answered })) : []),
];

/**
 * Plays an exchange through the whole service: PUT, with its validation call, then POST.
 *
 * @returns what the POST sent to the service, and what its caller got
 */
export const play = async (exchange: Exchange) => {
  const { service, task, task_settings, service_settings, input, query, stream } = exchange;
  const validate = validationScript(exchange);
  const responses = steps(exchange).map((step) => step.response);
  let created = false;
  let answered = 0;
  const http = scriptedHttp(async (sent, position) => {
    if (!created) return validate(sent, position);
    const next = responses[answered];
    answered += 1;
    if (!next) throw new Error(`An unexpected request to ${sent.url}`);
    return next;
  });
  const whole = createWholeService(http);
  const path = `/_inference/${task}/played`;
  const put = await whole.request({
    method: 'PUT',
    path,
    body: { service, service_settings: withKeyFile(service_settings), ...(task_settings && { task_settings }) },
  });
  if (put.status !== 200) throw new Error(`PUT answered ${put.text}`);
  created = true;
  const before = http.sent.length;
  const answer = await whole.request({
    method: 'POST',
    path: stream ? `${path}/_stream` : path,
    body: input,
    ...(query && { query }),
  });
  return { sent: http.sent.slice(before).map(describeRequest), answer: describeAnswer(answer) };
};

/** What `play` must give. */
export const expectedOf = (exchange: Exchange) => {
  const { result, error } = exchange;
  return {
    sent: steps(exchange).map((step) => step.request),
    answer: error ? { status: error.status, body: error.envelope } : { status: 200, body: result },
  };
};
