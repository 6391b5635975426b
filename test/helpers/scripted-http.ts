import type { Http, OutboundAnswer, OutboundRequest } from '../../lib/transport/types.ts';

/** What a service answers: whole, or in the given pieces when it is streamed. */
export type Scripted = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
};

export type Script = (request: OutboundRequest, position: number) => Scripted | Promise<Scripted>;

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** A service behind the transport: it keeps what it was sent and answers by a script. */
export const scriptedHttp = (script: Script): Http & { readonly sent: OutboundRequest[] } => {
  const sent: OutboundRequest[] = [];
  const ask = async (request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> => {
    signal.throwIfAborted();
    sent.push(request);
    const left = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { status = 200, headers = {}, body } = await Promise.race([script(request, sent.length - 1), left]);
    return { status, headers, text: textOf(body) };
  };
  return {
    sent,
    whole: (request, { signal }) => ask(request, signal),
    stream: async (request, { signal }) => {
      const { text, ...answer } = await ask(request, signal);
      return { ...answer, body: pieces(text) };
    },
    close: async () => {},
  };
};

/** Seven bytes at a time: no piece is a whole event. */
async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8');
  for (let start = 0; start < bytes.length; start += 7) yield bytes.subarray(start, start + 7);
}
