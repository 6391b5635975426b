import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { GatewayEvent } from './event.ts';
import type { Respond } from './serve.ts';
import type { HttpAnswer } from './types.ts';

/** What Lambda's own runtime offers for answers in pieces; there is no package for it. */
type LambdaStreaming = {
  readonly streamifyResponse: (
    handler: (event: GatewayEvent, stream: Writable) => Promise<void>,
  ) => (event: GatewayEvent, context: unknown) => Promise<unknown>;
  readonly HttpResponseStream: { readonly from: (stream: Writable, prelude: object) => Writable };
};

const lambdaStreaming = (): LambdaStreaming | undefined => {
  // Only Lambda's runtime knows its type; the AWS SDK makes an empty object of that name wherever it runs.
  const awslambda: Partial<LambdaStreaming> | undefined = Reflect.get<object, string>(globalThis, 'awslambda');
  const { streamifyResponse, HttpResponseStream } = awslambda ?? {};
  return streamifyResponse && HttpResponseStream ? { streamifyResponse, HttpResponseStream } : undefined;
};

/** Header values that stand more than once go where the gateway takes lists. */
const prelude = ({ statusCode, headers }: HttpAnswer) => {
  const single: Record<string, string> = {};
  const multiple: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') single[name] = value;
    else multiple[name] = value;
  }
  return {
    statusCode,
    headers: single,
    ...(Object.keys(multiple).length > 0 && { multiValueHeaders: multiple }),
  };
};

/** The body as bytes: a string cut into pieces by others may be cut inside a surrogate pair. */
export async function* bodyBytes(body: HttpAnswer['body']): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body, 'utf8');
  else if (body instanceof Uint8Array) yield body;
  else for await (const piece of body) yield typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece;
}

/**
 * Writes an answer's body, no faster than the other side reads.
 *
 * @param left - aborted when the caller leaves, where that can be known: a stream that is gone never drains
 */
export const writeBody = async (body: HttpAnswer['body'], stream: Writable, left?: AbortSignal): Promise<void> => {
  for await (const piece of bodyBytes(body)) {
    if (left?.aborted) return;
    if (!stream.write(piece)) await once(stream, 'drain', left && { signal: left });
  }
};

const respondInPieces =
  (respond: Respond, { HttpResponseStream }: LambdaStreaming) =>
  async (event: GatewayEvent, stream: Writable): Promise<void> => {
    // Nobody tells a function that its caller left.
    const answer = await respond(event, new AbortController().signal);
    const out = HttpResponseStream.from(stream, prelude(answer));
    // The prelude goes out with the first write, so that an empty body needs one too.
    out.write('');
    await writeBody(answer.body, out);
    out.end();
    await once(out, 'finish');
  };

const respondWhole = (respond: Respond) => async (event: GatewayEvent) => {
  const answer = await respond(event, new AbortController().signal);
  const pieces: Uint8Array[] = [];
  for await (const piece of bodyBytes(answer.body)) pieces.push(piece);
  return { ...prelude(answer), body: Buffer.concat(pieces).toString('utf8') };
};

/**
 * The handler that Lambda calls: answers in pieces where its runtime can, whole elsewhere.
 *
 * @param streaming - false where the gateway in front takes whole answers alone: a stream then comes as one text, when it is complete
 * @see AWS Lambda, response streaming; API Gateway, response transfer mode STREAM
 */
export const lambdaHandler = (respond: Respond, { streaming }: { readonly streaming: boolean }) => {
  const runtime = streaming ? lambdaStreaming() : undefined;
  return runtime ? runtime.streamifyResponse(respondInPieces(respond, runtime)) : respondWhole(respond);
};
