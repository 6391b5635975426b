/*
 * What the local engine adds to the model itself: the time of a call over HTTP against that of the same model called
 * directly, with the same threads, in one run. Run by hand: `npx node bench/engine.ts`.
 */
import { availableParallelism } from 'node:os';
import { env, pipeline } from '@huggingface/transformers';
import { startEngine } from '../local/engine/supervisor.ts';

/** Taken in blocks: ONNX Runtime's idle threads spin for a moment and would slow the other side's first step. */
const blocks = 5;
const callsPerBlock = 10;
const threads = availableParallelism();
const modelDir = new URL('../models/', import.meta.url).pathname;
const model = '.multilingual-e5-small';

env.localModelPath = modelDir;
env.allowRemoteModels = false;
const embed = await pipeline('feature-extraction', 'intfloat/multilingual-e5-small', {
  session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
});

const silent = () => {};
const engine = await startEngine({
  modelDirs: [modelDir],
  threads,
  log: { debug: silent, info: silent, warn: console.warn, error: console.error },
});

const sentences = [
  'query: How many people live in Berlin?',
  'passage: Berlin has 3.5 million registered inhabitants.',
  'passage: Die Katze schläft den größten Teil des Tages auf dem Sofa.',
  'passage: Le vin rouge se boit à température ambiante, le blanc plus frais.',
];
const textsOf = (count: number) => Array.from({ length: count }, (_, index) => `${sentences[index % 4]} ${index}`);

const direct = async (inputs: string[]) => {
  const output = await embed(inputs, { pooling: 'mean', normalize: true });
  return output.tolist();
};

const overHttp = async (inputs: string[]) => {
  const response = await fetch(`${engine.url}/${model}/embed`, { method: 'POST', body: JSON.stringify({ inputs }) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

for (const count of [1, 32]) {
  const texts = textsOf(count);
  const times: { direct: number[]; http: number[] } = { direct: [], http: [] };
  for (let warmUp = 0; warmUp < 5; warmUp += 1) {
    await direct(texts);
    await overHttp(texts);
  }
  for (let block = 0; block < blocks; block += 1) {
    for (let call = 0; call < callsPerBlock; call += 1) times.direct.push(await timed(() => direct(texts)));
    for (let call = 0; call < callsPerBlock; call += 1) times.http.push(await timed(() => overHttp(texts)));
  }
  const [own, http] = [median(times.direct), median(times.http)];
  const figures = `direct ${own.toFixed(1)} ms, over HTTP ${http.toFixed(1)} ms, ratio ${(http / own).toFixed(2)}`;
  console.log(
    `${count} text${count === 1 ? '' : 's'}, ${threads} threads, median of ${blocks * callsPerBlock}: ${figures}`,
  );
}

await engine.close();
await embed.dispose();
