import { createSigner, type RoleCredentials } from './signing.ts';
import type { Tokens } from './tokens.ts';
import type { Auth, Http, OutboundAnswer, OutboundRequest, OutboundStream, Send, SendOptions } from './types.ts';

/** The added headers take the place of any of the same name, in whatever case: users may set headers of their own. */
const withHeaders = (request: OutboundRequest, added: Readonly<Record<string, string>>): OutboundRequest => {
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const kept = Object.entries(request.headers).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...request, headers: { ...Object.fromEntries(kept), ...added } };
};

const withBearer = (request: OutboundRequest, token: string) =>
  withHeaders(request, { authorization: `Bearer ${token}` });

/** Puts the parameter before those that are there. */
const withParameter = (request: OutboundRequest, name: string, value: string): OutboundRequest => {
  const parameter = `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`;
  return { ...request, url: request.url.replace(/\?|$/, (mark) => `?${parameter}${mark && '&'}`) };
};

/** Closes the connection of an answer that nobody reads. */
const discard = async (body: OutboundStream['body']): Promise<void> => {
  try {
    for await (const _ of body) break;
  } catch {
    // It is closed already.
  }
};

/**
 * Sends requests with what proves who calls, set last and over any header of the same name. A service's 401 to a fetched token drops
 * that token and repeats the request once with a new one; the second answer counts.
 *
 * @param roleCredentials - the process's own credentials for AWS
 * @param now - milliseconds since 1970
 * @returns functions that throw what `http` throws, and InferenceError in the service's words when a token is refused
 */
export const createSend = ({
  http,
  tokens,
  roleCredentials,
  now = Date.now,
}: {
  http: Pick<Http, 'whole' | 'stream'>;
  tokens: Tokens;
  roleCredentials?: RoleCredentials;
  now?: () => number;
}): Send => {
  const sign = createSigner({ roleCredentials, now });

  const send = async <Answer extends OutboundAnswer | OutboundStream>(
    call: (request: OutboundRequest, options: SendOptions) => Promise<Answer>,
    request: OutboundRequest,
    auth: Auth,
    options: SendOptions,
  ): Promise<Answer> => {
    switch (auth.type) {
      case 'none':
        return call(request, options);
      case 'bearer':
        return call(withBearer(request, auth.token), options);
      case 'header':
        return call(withHeaders(request, { [auth.name]: auth.value }), options);
      case 'query':
        return call(withParameter(request, auth.name, auth.value), options);
      case 'sigv4':
        return call(withHeaders(request, await sign(request, auth)), options);
      case 'clientCredentials':
      case 'jwtBearer': {
        const token = await tokens.get(auth, options);
        const answer = await call(withBearer(request, token), options);
        if (answer.status !== 401) return answer;
        if ('body' in answer) void discard(answer.body); // the next attempt need not wait for it
        tokens.drop(auth, token);
        return call(withBearer(request, await tokens.get(auth, options)), options);
      }
    }
  };

  return {
    whole: (request, auth, options) => send(http.whole, request, auth, options),
    stream: (request, auth, options) => send(http.stream, request, auth, options),
  };
};
