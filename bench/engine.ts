/*
 * What the local engine adds to the model itself: the time of a call over HTTP, and through the stand-in of SageMaker's runtime, against
 * that of the same model called directly, with the same threads, in one run. Run by hand: `npx node bench/engine.ts`.
 */
import { availableParallelism } from 'node:os';
import { env, pipeline } from '@huggingface/transformers';
import { startEngine } from '../local/engine/supervisor.ts';
import { componentRecord } from '../local/stand-ins/sagemaker/component-record.ts';
import { startSageMakerRuntime } from '../local/stand-ins/sagemaker/runtime.ts';

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

const component = componentRecord.parse({
  ...{ name: 'e5', endpoint: 'node', variant: 'models', specification: {}, status: 'InService' },
  ...{ desired: 1, current: 1, since: 0, created: 0 },
});
const runtime = await startSageMakerRuntime({
  endpoint: { name: 'node', variant: 'models', mostInstances: 1 },
  components: { find: () => component, noteCall: () => {} },
  containerOf: () => `${engine.url}/${model}`,
  elsewhere: () => engine.url,
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

const post = async (url: string, inputs: string[], headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ inputs }), headers });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

const overHttp = (inputs: string[]) => post(`${engine.url}/${model}/embed`, inputs);
const overRuntime = (inputs: string[]) =>
  post(`${runtime.endpoint}/endpoints/node/invocations`, inputs, { 'x-amzn-sagemaker-inference-component': 'e5' });

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const ways = { direct, http: overHttp, runtime: overRuntime };
type Way = keyof typeof ways;
// The compiler knows the keys of an object as texts.
const names = Object.keys(ways) as Way[];

for (const count of [1, 32]) {
  const texts = textsOf(count);
  const times: Record<Way, number[]> = { direct: [], http: [], runtime: [] };
  for (let warmUp = 0; warmUp < 5; warmUp += 1) for (const name of names) await ways[name](texts);
  for (let block = 0; block < blocks; block += 1) {
    for (const name of names)
      for (let call = 0; call < callsPerBlock; call += 1) times[name].push(await timed(() => ways[name](texts)));
  }
  const own = median(times.direct);
  const figures = names.map((name) => {
    const time = median(times[name]);
    return `${name} ${time.toFixed(1)} ms (${(time / own).toFixed(2)} ×)`;
  });
  console.log(
    `${count} text${count === 1 ? '' : 's'}, ${threads} threads, median of ${blocks * callsPerBlock}: ${figures.join(', ')}`,
  );
}

await runtime.close();
await engine.close();
await embed.dispose();
