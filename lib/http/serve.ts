import { randomUUID } from 'node:crypto';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { parseTaskType } from '../api/task-type.ts';
import { parseTimeValue } from '../api/time-value.ts';
import type { Log } from '../log.ts';
import { answerError, answerReply } from './answer.ts';
import { checkBody, checkParameters } from './checks.ts';
import { type GatewayEvent, gatewayEvent, lowerCaseHeaders, targetOf } from './event.ts';
import { logRequests } from './log-requests.ts';
import { receiveBody } from './received-body.ts';
import type { RequestState } from './request-state.ts';
import { match, noHandler } from './router.ts';
import type { FunctionName, RoutesOf } from './routes.ts';
import type { Authenticator, Caller, Handler, HttpAnswer, Request, RequirePrivilege } from './types.ts';

/** What the edge needs; `lib/runtime.ts` builds it. */
export type Edge = {
  readonly authenticator: Authenticator;
  readonly requirePrivilege: RequirePrivilege;
  readonly log: Log;
};

/** The handlers of one function: all of its routes, none besides. */
export type Handlers<Name extends FunctionName> = { readonly [Id in RoutesOf<Name>]: Handler };

/** One request in, one answer out; never rejects. */
export type Respond = (event: GatewayEvent, signal: AbortSignal) => Promise<HttpAnswer>;

const anonymous: Caller = { keyId: '', keyName: '', username: '', privileges: [] };

/** Built from entries: assigned, a parameter `__proto__` would be lost. */
const withoutUndefined = (
  values: Readonly<Record<string, string | undefined>> | null | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, value ?? '']));

/** The steps before a route's handler, in the contract's order (§15): route, 401, path, query, media type, body, 403. */
const createRequest = async (event: GatewayEvent, state: RequestState, edge: Edge): Promise<Request> => {
  const {
    httpMethod,
    path,
    headers: sentHeaders,
    queryStringParameters,
    body,
    isBase64Encoded,
    requestContext,
  } = gatewayEvent.parse(event);
  const headers = lowerCaseHeaders(sentHeaders);
  const query = withoutUndefined(queryStringParameters);
  state.requestId = requestContext.requestId ?? state.requestId;
  const isPretty = query.pretty === '' || query.pretty === 'true';
  state.style = {
    accept: headers.accept,
    pretty: isPretty,
    filterPath: query.filter_path,
    opaqueId: headers['x-opaque-id'],
  };
  const target = targetOf(path, queryStringParameters);
  const { route, path: variables } = match(httpMethod, path, target);
  state.route = route;
  const caller =
    route.privilege === 'none' ? anonymous : await edge.authenticator.authenticate(headers.authorization, target);
  const taskType = variables.task_type === undefined ? undefined : parseTaskType(variables.task_type);
  state.taskType = taskType;
  checkParameters(route, path, query);
  const timeout = query.timeout === undefined ? undefined : parseTimeValue(query.timeout, 'timeout').millis;
  const hasBody = body !== undefined && body !== null && body !== '';
  checkBody(route, path, headers, hasBody);
  if (route.privilege !== 'none' && route.privilege !== 'authenticated')
    edge.requirePrivilege(caller, route.privilege, route.action);
  const parse = hasBody ? receiveBody(body, isBase64Encoded) : () => undefined;
  return {
    path: { inference_id: variables.inference_id ?? '', ...(taskType && { task_type: taskType }) },
    query,
    timeout,
    get body() {
      return parse();
    },
    caller,
    requestId: state.requestId,
    log: edge.log,
    note: (fields) => Object.assign(state.fields, fields),
    noteTaskType: (found) => {
      if (state.taskType === undefined || state.taskType === 'any') state.taskType = found;
    },
  };
};

/** Only calls have the chat envelope, not what manages or shows chat endpoints. */
const errorStyle = ({ handling, taskType, route }: RequestState) => ({
  chat: handling && route?.function === 'infer' && taskType === 'chat_completion',
  events: handling && route?.streams === true,
});

/** What middy sees as the event of one request. */
type Invocation = { readonly event: GatewayEvent; readonly signal: AbortSignal; readonly state: RequestState };

/** Turns whatever was thrown into an answer. */
const answerErrors: MiddlewareObj<Invocation, HttpAnswer> = {
  onError: (request) => {
    const { state } = request.event;
    request.response = answerError(request.error, state.style, errorStyle(state));
    state.failure = request.error;
  },
};

/** No middleware here reads Lambda's context, and the local server has none. */
const noContext = {} as Context;

/**
 * Serves the routes of one function: parse, authorise, run, answer. Middlewares do what surrounds every request.
 *
 * @param handlers - one for each route of the function, as the type says
 */
export const serve = <Name extends FunctionName>(name: Name, edge: Edge, handlers: Handlers<Name>): Respond => {
  const byRoute: Readonly<Record<string, Handler>> = handlers;
  const run = middy<Invocation, HttpAnswer>({ timeoutEarlyInMillis: 0 })
    .use(logRequests(edge.log))
    .use(answerErrors)
    .handler(async ({ event, signal, state }): Promise<HttpAnswer> => {
      const request = await createRequest(event, state, edge);
      const handler = state.route?.function === name ? byRoute[state.route.id] : undefined;
      // The gateway's tree knows one spelling of a path: `//_inference/x` and `/%5Finference/x` reach a function without that route.
      if (!handler) throw noHandler(event.httpMethod, targetOf(event.path, event.queryStringParameters));
      state.handling = true;
      return answerReply(await handler(request, signal), state.style);
    });
  return (event, signal) => {
    const state: RequestState = {
      started: performance.now(),
      style: { accept: undefined, pretty: false, filterPath: undefined, opaqueId: undefined },
      requestId: randomUUID(),
      route: undefined,
      taskType: undefined,
      handling: false,
      failure: undefined,
      fields: {},
    };
    return run({ event, signal, state }, noContext);
  };
};
