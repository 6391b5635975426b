import { spawnSync } from 'node:child_process';
import { createWholeService } from '../test/helpers/whole-service.ts';

// One call of 2,048 texts against a service that takes 96 at a time: split, answered in 22 parts of 1,536 dimensions, joined and
// written, beside one JSON.parse and one JSON.stringify of an answer of that size. Each memory figure is that of a process of its own.

const texts = 2_048;
const dimensions = 1_536;
const runs = 7;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Numbers as embedding models answer them: a sign, nought, and eight or nine digits. */
const vector = (seed: number): number[] =>
  Array.from({ length: dimensions }, (_, index) => Math.fround(Math.sin(seed * 7.3 + index) / 20));

const rows = Array.from({ length: 96 }, (_, seed) => JSON.stringify(vector(seed)));

const answerTo = (count: number): string =>
  `{"id":"a","embeddings":{"float":[${Array.from({ length: count }, (_, index) => rows[index % rows.length]).join(',')}]}}`;

const prepare = async () => {
  const answers = new Map<number, string>();
  const text = (body: string): string => {
    const { length } = JSON.parse(body).texts;
    const known = answers.get(length) ?? answerTo(length);
    answers.set(length, known);
    return known;
  };
  const { request } = createWholeService({
    whole: async ({ body }) => ({ status: 200, headers: {}, text: text(body) }),
    stream: async () => {
      throw new Error('Nothing streams here');
    },
    close: async () => {},
  });
  const path = '/_inference/text_embedding/bench';
  const { status } = await request({
    method: 'PUT',
    path,
    body: { service: 'cohere', service_settings: { api_key: 'k', model_id: 'embed-v4.0' } },
  });
  if (status !== 200) throw new Error(`PUT answered ${status}`);
  const body = JSON.stringify({
    input: Array.from({ length: texts }, (_, index) => `text ${index}`),
    input_type: 'ingest',
  });
  return async () => {
    const answer = await request({ method: 'POST', path, body });
    if (answer.status !== 200) throw new Error(`POST answered ${answer.status}`);
    return answer.text.length;
  };
};

const plainly = () => {
  const text = answerTo(texts);
  return async () => JSON.stringify(JSON.parse(text)).length;
};

const time = async (step: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await step();
  return performance.now() - started;
};

const measure = async () => {
  const [ours, plain] = [await prepare(), plainly()];
  await ours();
  await plain();
  const times = { ours: [] as number[], plain: [] as number[] };
  // In turns, so that what else the machine does meets both.
  for (let run = 0; run < runs; run += 1) {
    times.ours.push(await time(ours));
    times.plain.push(await time(plain));
  }
  const [mine, theirs] = [median(times.ours), median(times.plain)];
  console.log(
    `${texts} texts of ${dimensions} dimensions in 22 parts: ${mine.toFixed(0)} ms; JSON.parse and JSON.stringify of the whole: ${theirs.toFixed(0)} ms; ${(mine / theirs).toFixed(2)} ×, median of ${runs}`,
  );
};

if (process.argv[2] === 'memory') {
  const ours = await prepare();
  for (let run = 0; run < 3; run += 1) await ours();
  console.log((process.resourceUsage().maxRSS / 1000).toFixed(0));
} else {
  await measure();
  const { stdout } = spawnSync(process.execPath, [import.meta.filename, 'memory'], { encoding: 'utf8' });
  console.log(`most resident memory of a process that makes three such calls: ${stdout.trim()} MB`);
}
