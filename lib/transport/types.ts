/** Why a token server refused, as far as it said. */
export type TokenRefusal = { readonly error?: string; readonly description?: string };

/** Turns a refused token into the status and words of the service that needed it. */
export type TokenRefused = (cause: TokenRefusal) => { readonly status: number; readonly reason: string };

/** How a request proves who calls. Token cases are data: transport fetches, caches, refreshes, and drops them on 401. */
export type Auth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'header'; readonly name: string; readonly value: string }
  /** The parameter is added when the request goes out, before the others, and never part of a message or a log line. */
  | { readonly type: 'query'; readonly name: string; readonly value: string }
  | {
      readonly type: 'sigv4';
      readonly service: string;
      readonly region: string;
      /** `role`: the process's own credentials, from the environment that Lambda sets. */
      readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | 'role';
    }
  /** OAuth2 client credentials (RFC 6749 §4.4); `basic`: id and secret in the header, form-encoded first (§2.3.1). */
  | {
      readonly type: 'clientCredentials';
      readonly tokenUrl: string;
      readonly id: string;
      readonly secret: string;
      readonly scopes: readonly string[];
      readonly in: 'basic' | 'body';
      readonly refused: TokenRefused;
    }
  /** A JWT signed with RS256, exchanged for a token (RFC 7523). `iat` and `exp` (one hour) are added when it is signed. */
  | {
      readonly type: 'jwtBearer';
      readonly tokenUri: string;
      readonly header: Readonly<Record<string, string>>;
      readonly claims: Readonly<Record<string, unknown>>;
      /** PKCS#8 PEM. */
      readonly key: string;
      readonly refused: TokenRefused;
    };

/** One HTTP request to a service, before it is authorised. Always POST unless `method` says otherwise. */
export type OutboundRequest = {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A whole answer; header names in lower case. */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** An answer whose body comes in pieces. Leaving the iteration closes the connection. */
export type OutboundStream = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
};

export type SendOptions = {
  /** The deadline (aborted with a `TimeoutError` reason) and the caller's leaving, in one signal. */
  readonly signal: AbortSignal;
  /** Addresses of the operator (ML node, AWS overrides) may be private, and are final: `INLET_EGRESS` does not move them. */
  readonly trusted?: boolean;
};

/** Plain HTTP out: no authorisation, no retry. `lib/transport/send.ts` makes it. */
export type Http = {
  readonly whole: (request: OutboundRequest, options: SendOptions) => Promise<OutboundAnswer>;
  /** Resolves when status and headers are there. After the first byte the signal no longer ends it; 60 s of silence do. */
  readonly stream: (request: OutboundRequest, options: SendOptions) => Promise<OutboundStream>;
  readonly close: () => Promise<void>;
};

/** The same with authorisation: what the use cases call. */
export type Send = {
  readonly whole: (request: OutboundRequest, auth: Auth, options: SendOptions) => Promise<OutboundAnswer>;
  readonly stream: (request: OutboundRequest, auth: Auth, options: SendOptions) => Promise<OutboundStream>;
};

/** What went wrong below HTTP. The use cases put it into Elasticsearch's words. */
export type OutboundErrorKind =
  | 'unknown_host' // the name does not resolve, or the address guard refuses what it resolves to
  | 'connection' // refused, reset, cut in the middle, TLS
  | 'too_large' // decoded answer above the limit
  | 'silent' // a stream without a byte for 60 s
  | 'bad_url';

/** A failure below HTTP. Aborts are not of this kind: they throw the signal's own reason. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly kind: OutboundErrorKind;
  /** Host asked for, without anything that could hold a secret. */
  readonly host: string;

  constructor(kind: OutboundErrorKind, host: string, options?: { readonly cause?: unknown }) {
    super(`${kind} at ${host}`, options);
    this.kind = kind;
    this.host = host;
  }
}

/** Bytes → frames, outermost first: `['aws-eventstream', 'sse']` is SSE inside an event stream. */
export type Framing = 'sse' | 'ndjson' | 'aws-eventstream' | 'json';

/** One frame: SSE's event name or an event stream's `:event-type`, and its text (JSON not yet parsed). */
export type Frame = { readonly event?: string; readonly data: string };
