import * as z from 'zod';

type Strings = Readonly<Record<string, string | undefined>>;

/** A plain loop: a schema of a record takes ten times as long over a request's headers. */
const isStrings = (value: unknown): value is Strings =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((text) => text === undefined || typeof text === 'string');

const strings = z.custom<Strings>(isStrings, 'is no object of texts').nullish();

/** What is read of an API Gateway REST proxy event; the local server makes the same. */
export const gatewayEvent = z.object({
  httpMethod: z.string(),
  /** Percent-encoded, without the stage. */
  path: z.string(),
  headers: strings,
  queryStringParameters: strings,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({ requestId: z.string().optional() }).default({}),
});

export type GatewayEvent = z.input<typeof gatewayEvent>;

/** Headers with names in lower case, since the gateway keeps the caller's. */
export const lowerCaseHeaders = (
  headers: Readonly<Record<string, string | undefined>> | null | undefined,
): Readonly<Record<string, string>> => {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) lower[name.toLowerCase()] = value;
  }
  return lower;
};

/** Path and query as the caller wrote them, for messages. */
export const targetOf = (
  path: string,
  query: Readonly<Record<string, string | undefined>> | null | undefined,
): string => {
  const parameters = Object.entries(query ?? {}).map(([name, value]) => (value ? `${name}=${value}` : name));
  return parameters.length > 0 ? `${path}?${parameters.join('&')}` : path;
};
