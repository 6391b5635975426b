import { type IncomingMessage, request as overHttp, type ServerResponse } from 'node:http';
import { request as overHttps } from 'node:https';

/** The region that a signed request is for. */
export const regionOf = ({ headers }: IncomingMessage): string | undefined =>
  /Credential=[^/\s]+\/\d+\/([a-z\d-]+)\/sagemaker\//.exec(headers.authorization ?? '')?.[1];

/**
 * Passes a request on as it is, for the host that it was signed for, and its answer back. A connection that fails there is cut here.
 *
 * @param base - `https://runtime.sagemaker.us-east-1.amazonaws.com`
 */
export const passOn = (request: IncomingMessage, response: ServerResponse, base: string): void => {
  const { protocol, host, pathname } = new URL(base);
  const { connection: _, ...headers } = request.headers;
  const open = protocol === 'https:' ? overHttps : overHttp;
  const url = `${protocol}//${host}${pathname.replace(/\/$/, '')}${request.url}`;
  const inner = open(url, { method: request.method, headers: { ...headers, host } });
  response.once('close', () => inner.destroy());
  inner.once('error', () => response.destroy());
  inner.once('response', (answer) => {
    answer.once('error', () => response.destroy());
    const { connection: _hop, 'keep-alive': _alive, 'transfer-encoding': _coding, ...passed } = answer.headers;
    response.writeHead(answer.statusCode ?? 500, passed);
    answer.pipe(response);
  });
  request.pipe(inner);
};
