/** One function of the deployment, in a thread with an environment of its own; `function-processes.ts` starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { bodyBytes } from '../../lib/http/stream.ts';
import type { HttpAnswer } from '../../lib/http/types.ts';

/** Whatever comes: `manage` takes events of the project itself as well. */
type Respond = (event: unknown, signal: AbortSignal) => Promise<HttpAnswer>;

export type Asked = { readonly id: number; readonly event: unknown };
export type Answered = { readonly id: number; readonly status: number; readonly text: string };

const name: string = workerData;
const { respond }: { readonly respond: Respond } = await import(`../../functions/${name}.ts`);

const answer = async ({ id, event }: Asked): Promise<Answered> => {
  try {
    const { statusCode: status, body } = await respond(event, new AbortController().signal);
    const pieces: Uint8Array[] = [];
    for await (const piece of bodyBytes(body)) pieces.push(piece);
    return { id, status, text: Buffer.concat(pieces).toString('utf8') };
  } catch (error) {
    return { id, status: 0, text: String(error) };
  }
};

parentPort?.on('message', async (asked: Asked) => parentPort?.postMessage(await answer(asked)));
