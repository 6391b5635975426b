import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../lib/log.ts';
import type { HubModel } from './models.ts';

/** A connection that brings nothing for so long is given up. */
const silenceMilliseconds = 60_000;

const progressMilliseconds = 2_000;

/**
 * Downloads a model from the hub. The folder appears whole or not at all.
 *
 * @param target - folder of the model, replaced when it exists
 * @param log - gets a line for each file when it begins, every two seconds, and when it is there
 * @throws Error with a sentence when a file is missing, cut short, or the hub cannot be reached
 */
export const downloadModel = async (model: HubModel, hub: string, target: string, log: Log): Promise<void> => {
  const partial = `${target}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    for (const file of model.files) {
      const path = join(partial, file.endsWith('.onnx') ? join('onnx', basename(file)) : file);
      await mkdir(dirname(path), { recursive: true });
      const url = `${hub.replace(/\/$/, '')}/${model.repository}/resolve/${model.revision}/${file}`;
      await downloadFile(url, path, (bytes, total) =>
        log.info('Downloading a model', { model: model.repository, file, bytes, total }),
      );
    }
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};

const downloadFile = async (
  url: string,
  path: string,
  report: (bytes: number, total: number | undefined) => void,
): Promise<void> => {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error('it fell silent')), silenceMilliseconds);
  let bytes = 0;
  let total: number | undefined;
  let reported = Date.now();
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      bytes += chunk.length;
      if (Date.now() - reported >= progressMilliseconds) {
        reported = Date.now();
        report(bytes, total);
      }
      done(null, chunk);
    },
  });
  try {
    // Unencoded, so that the length in the header is that of the file. A body that is shorter is an error of `fetch`.
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' }, signal: silence.signal });
    if (!response.ok || response.body === null) throw new Error(`it answers ${response.status}`);
    const length = response.headers.get('content-length');
    total = length === null ? undefined : Number(length);
    report(bytes, total);
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(path));
    report(bytes, total);
  } catch (error) {
    throw new Error(`${url} could not be downloaded: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
};

/** `fetch` says only that it failed; its cause says why. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
};
