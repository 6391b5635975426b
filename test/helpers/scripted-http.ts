import type { Http, OutboundRequest } from '../../lib/transport/types.ts';

/** What a service answers; a body that is neither text nor bytes goes out as JSON. */
export type Scripted = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
};

export type Script = (request: OutboundRequest, position: number) => Scripted | Promise<Scripted>;

const bytesOf = (body: unknown): Uint8Array => {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
};

/** A service behind the transport: it keeps what it was sent and answers by a script. */
export const scriptedHttp = (script: Script): Http & { readonly sent: OutboundRequest[] } => {
  const sent: OutboundRequest[] = [];
  const ask = async (request: OutboundRequest, signal: AbortSignal) => {
    signal.throwIfAborted();
    sent.push(request);
    const left = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { status = 200, headers = {}, body } = await Promise.race([script(request, sent.length - 1), left]);
    return { status, headers, bytes: bytesOf(body) };
  };
  return {
    sent,
    whole: async (request, { signal }) => {
      const { bytes, ...answer } = await ask(request, signal);
      return { ...answer, text: Buffer.from(bytes).toString('utf8') };
    },
    stream: async (request, { signal }) => {
      const { bytes, ...answer } = await ask(request, signal);
      return { ...answer, body: pieces(bytes) };
    },
    close: async () => {},
  };
};

/** Seven bytes at a time: no piece is a whole event. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 7) yield bytes.subarray(start, start + 7);
}
