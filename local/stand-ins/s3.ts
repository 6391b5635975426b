import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { listenOnLoopback } from './http-listener.ts';
import type { StandIn } from './stand-in.ts';

type S3Options = {
  /** The only bucket that there is. */
  readonly bucket: string;
  /** The folder whose files are the objects below `<id>/`. */
  readonly folderOf: (id: string) => Promise<string | undefined>;
  readonly log: { readonly error: (message: string, fields: { readonly error: unknown }) => void };
};

type S3Error = { readonly status: number; readonly code: string; readonly message: string };

const noSuchKey: S3Error = { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' };
const noSuchBucket: S3Error = { status: 404, code: 'NoSuchBucket', message: 'The specified bucket does not exist' };
const notAllowed: S3Error = {
  status: 405,
  code: 'MethodNotAllowed',
  message: 'The specified method is not allowed against this resource.',
};
const internal: S3Error = {
  status: 500,
  code: 'InternalError',
  message: 'We encountered an internal error. Please try again.',
};

const escapeXml = (text: string): string => text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);

const sendError = (response: ServerResponse, { status, code, message }: S3Error, key: string, head: boolean): void => {
  const id = randomUUID();
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><Key>${escapeXml(key)}</Key><RequestId>${id}</RequestId></Error>`;
  response
    .writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': id })
    .end(head ? undefined : body);
};

/** Files beside a model's own that a caller may ask for: none in folders below, and no weights. */
const objectName = /^[\w.-]+\.json$/;

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const findObject = async (request: IncomingMessage, options: S3Options) => {
  const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/').slice(1);
  const [bucket = '', id = '', name = '', ...deeper] = path.split('/');
  const key = path.slice(bucket.length + 1);
  if (request.method !== 'GET' && request.method !== 'HEAD') return { key, error: notAllowed };
  if (bucket !== options.bucket) return { key, error: noSuchBucket };
  const folder = deeper.length === 0 && objectName.test(name) ? await options.folderOf(id) : undefined;
  if (folder === undefined) return { key, error: noSuchKey };
  try {
    return { key, bytes: await readFile(join(folder, name)) };
  } catch (error) {
    if (isMissing(error)) return { key, error: noSuchKey };
    throw error;
  }
};

const serve = async (request: IncomingMessage, response: ServerResponse, options: S3Options): Promise<void> => {
  const head = request.method === 'HEAD';
  request.resume();
  const found = await findObject(request, options);
  if ('error' in found) {
    sendError(response, found.error, found.key, head);
    return;
  }
  const { bytes } = found;
  const headers = {
    'content-type': 'application/json',
    'content-length': bytes.length,
    etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    'x-amz-request-id': randomUUID(),
  };
  response.writeHead(200, headers).end(head ? undefined : bytes);
};

/**
 * Starts an S3 with the bucket of uploaded models: `GET /<bucket>/<model id>/<name>.json`, path-style. Its objects are the files in the
 * folder of that model, as they are now. Signatures are not checked.
 */
export const startS3 = (options: S3Options): Promise<StandIn> => {
  const server = createServer((request, response) => {
    response.on('error', () => {});
    serve(request, response, options).catch((error: unknown) => {
      // A path that is no percent-encoding.
      const refusal = error instanceof URIError ? noSuchKey : internal;
      if (refusal === internal) options.log.error('The S3 stand-in failed', { error });
      sendError(response, refusal, '', request.method === 'HEAD');
    });
  });
  return listenOnLoopback(server);
};
