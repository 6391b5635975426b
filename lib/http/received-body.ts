import { gunzipSync } from 'node:zlib';
import { contentTooLong, InferenceError } from '../api/errors.ts';
import { type JsonDocument, mostValues, parseJson, parseJsonBytes } from '../api/json.ts';

/** Bytes of a body as it comes, and as it is once decompressed. */
const receivedLimit = 5 * 1024 * 1024;
const decodedLimit = 16 * 1024 * 1024;

const tooLarge = (limit: number) =>
  contentTooLong(`the request body is larger than the ${limit / 1024 / 1024} MiB that are taken`);

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const gunzip = (bytes: Uint8Array): Buffer => {
  try {
    return gunzipSync(bytes, { maxOutputLength: decodedLimit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(decodedLimit);
    throw new InferenceError(400, 'x_content_parse_exception', '[1:1] the request body is no gzip stream');
  }
};

/** The gateway decompresses bodies itself, so only what still is gzip is decompressed here. */
const decode = (body: string, isBase64Encoded: boolean): string | Buffer => {
  if (!isBase64Encoded) {
    if (Buffer.byteLength(body) > receivedLimit) throw tooLarge(receivedLimit);
    return body;
  }
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length > receivedLimit) throw tooLarge(receivedLimit);
  return isGzip(bytes) ? gunzip(bytes) : bytes;
};

/**
 * Takes a body in.
 *
 * @returns its JSON, parsed when first asked for: some checks come before the errors of the parser
 * @throws InferenceError 413 above 5 MiB as received or 16 MiB decompressed
 */
export const receiveBody = (body: string, isBase64Encoded: boolean): (() => JsonDocument) => {
  const received = decode(body, isBase64Encoded);
  let document: JsonDocument | undefined;
  return () => {
    document ??= typeof received === 'string' ? parseJson(received, mostValues) : parseJsonBytes(received, mostValues);
    return document;
  };
};
