import { usesStandardEnvelope } from '../api/chat-request.ts';
import { chatEnvelope, publicError, standardEnvelope } from '../api/envelope.ts';
import type { InferenceError } from '../api/errors.ts';
import { filterPath } from '../api/filter-path.ts';
import { prettyJson } from './pretty.ts';
import { RouterError } from './router.ts';
import { errorEvent } from './sse.ts';
import type { HttpAnswer, Reply } from './types.ts';

/** How one caller wants its answers. */
export type AnswerStyle = {
  readonly accept: string | undefined;
  readonly pretty: boolean;
  /** The parts of a whole answer that are wanted; errors always come whole. */
  readonly filterPath: string | undefined;
  readonly opaqueId: string | undefined;
};

const vendorType = /application\/vnd\.elasticsearch\+json/i;

/** The product header makes the official clients take us for Elasticsearch; without it they refuse every answer. */
const commonHeaders = ({ opaqueId }: AnswerStyle) => ({
  'X-elastic-product': 'Elasticsearch',
  ...(opaqueId !== undefined && { 'X-Opaque-Id': opaqueId }),
});

const jsonType = ({ accept }: AnswerStyle): string =>
  accept !== undefined && vendorType.test(accept)
    ? 'application/vnd.elasticsearch+json;compatible-with=9'
    : 'application/json';

const eventStream = 'text/event-stream';

const jsonAnswer = (statusCode: number, json: string | Uint8Array, style: AnswerStyle): HttpAnswer => ({
  statusCode,
  headers: { ...commonHeaders(style), 'content-type': jsonType(style) },
  body: style.pretty ? prettyJson(textOf(json)) : json,
});

/** Answers that were written as bytes are text again, where it is to be cut up. */
const textOf = (json: string | Uint8Array): string =>
  typeof json === 'string' ? json : Buffer.from(json).toString('utf8');

/** A handler's reply as an HTTP answer. */
export const answerReply = (reply: Reply, style: AnswerStyle): HttpAnswer => {
  const answer = answerBody(reply, style);
  return reply.headers ? { ...answer, headers: { ...reply.headers, ...answer.headers } } : answer;
};

const answerBody = (reply: Reply, style: AnswerStyle): HttpAnswer => {
  const statusCode = reply.status ?? 200;
  if ('events' in reply) {
    return {
      statusCode,
      headers: { ...commonHeaders(style), 'content-type': eventStream, 'cache-control': 'no-cache' },
      body: reply.events,
    };
  }
  if ('empty' in reply) return jsonAnswer(statusCode, '', { ...style, pretty: false });
  const json = 'jsonBytes' in reply ? reply.jsonBytes : JSON.stringify(reply.json);
  return jsonAnswer(
    statusCode,
    style.filterPath === undefined ? json : filterPath(textOf(json), style.filterPath),
    style,
  );
};

/** Which envelope and framing a failure gets: chat errors look different, and streams tell theirs as an event. */
export type ErrorStyle = { readonly chat: boolean; readonly events: boolean };

/** The error object of a failure, in the envelope of its task. */
export const errorBody = (error: InferenceError, chat: boolean): unknown =>
  chat && !usesStandardEnvelope(error) ? chatEnvelope(error) : standardEnvelope(error);

const routerAnswer = ({ status, message, allow }: RouterError, style: AnswerStyle): HttpAnswer => {
  // An unknown path has no status in its body.
  const body = status === 400 ? { error: message } : { error: message, status };
  const answer = jsonAnswer(status, JSON.stringify(body), style);
  return allow.length > 0 ? { ...answer, headers: { ...answer.headers, Allow: allow.join(',') } } : answer;
};

/** Any failure as an HTTP answer. */
export const answerError = (failure: unknown, style: AnswerStyle, { chat, events }: ErrorStyle): HttpAnswer => {
  if (failure instanceof RouterError) return routerAnswer(failure, style);
  const error = publicError(failure);
  const body = errorBody(error, chat);
  const answer = events
    ? {
        statusCode: error.status,
        headers: { ...commonHeaders(style), 'content-type': eventStream },
        body: errorEvent(body),
      }
    : jsonAnswer(error.status, JSON.stringify(body), style);
  return error.header ? { ...answer, headers: { ...answer.headers, ...error.header } } : answer;
};
