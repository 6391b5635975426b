import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { listenOnLoopback } from './http-listener.ts';
import type { StandIn } from './stand-in.ts';

/** A refusal in AWS's words. Its message goes to the caller. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/** Takes what the caller sent and gives what goes back, both as JSON. */
export type Operation = (input: unknown) => Promise<object>;

/**
 * An operation that takes only what fits `schema`.
 *
 * @param refusal - the service's own type for input that does not fit: `InvalidParameterException`
 */
export const operation =
  <Schema extends z.ZodType>(schema: Schema, refusal: string, run: (input: z.output<Schema>) => Promise<object>) =>
  async (input: unknown): Promise<object> => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw new AwsError(refusal, z.prettifyError(parsed.error));
    return run(parsed.data);
  };

const parseBody = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The body is no JSON');
  }
};

const answer = async (
  request: IncomingMessage,
  service: string,
  operations: Readonly<Record<string, Operation>>,
): Promise<object> => {
  const [target, name = ''] = String(request.headers['x-amz-target']).split('.');
  const run = target === service && Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (!run) throw new AwsError('UnknownOperationException', 'The operation is not known');
  return run(parseBody(await text(request)));
};

/** Anything that is no refusal is the stand-in's own fault, such as a full disk; the SDK repeats a 500. */
const asAwsError = (error: unknown): AwsError =>
  error instanceof AwsError ? error : new AwsError('InternalServiceError', 'An error occurred on the server side', 500);

/**
 * Serves AWS's JSON 1.1 protocol on a free loopback port: the operation in `X-Amz-Target`, JSON in both directions, errors by
 * `__type`. Signatures are not checked.
 *
 * @param service - the first half of `X-Amz-Target`
 * @param onFault - told of failures that are no refusals
 */
export const serveAwsJson = async (
  service: string,
  operations: Readonly<Record<string, Operation>>,
  onFault: (error: unknown) => void,
): Promise<StandIn> => {
  const server = createServer(async (request, response) => {
    const send = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
        .end(JSON.stringify(body));
    try {
      send(200, await answer(request, service, operations));
    } catch (error) {
      // A caller that leaves while it sends is no fault, and nobody is there to answer.
      if (request.errored) return;
      const { type, message, status } = asAwsError(error);
      if (status >= 500) onFault(error);
      send(status, { __type: type, message });
    }
  });
  return listenOnLoopback(server);
};
