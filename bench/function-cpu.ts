import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { bundleFunction } from '../infra/function-bundle.ts';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';
import { toItem } from '../lib/store/endpoint-item.ts';

// What the functions' memory is chosen by: processor time of a start and of warm calls, and the memory that they take. Each bundle runs
// in a process of its own, against stand-ins of AWS and of a provider that answer at once. Lambda gives one core at 1,769 MiB.

const vector = Array.from({ length: 1536 }, (_, i) => Math.fround(Math.sin(i) / 40));
const embeddings = (count: number) =>
  JSON.stringify({ data: Array.from({ length: count }, (_, index) => ({ index, embedding: vector })), model: 'm' });

const row = {
  version: 1,
  inference_id: 'e',
  task_type: 'text_embedding',
  service: 'openai',
  service_settings: {
    model_id: 'm',
    rate_limit: { requests_per_minute: 1_000_000 },
    similarity: 'cosine',
    dimensions: 1536,
  },
  task_settings: {},
  secret: 's',
  revision: 'r',
  created: 0,
  updated: 0,
} as const;

const awsAnswers: Readonly<Record<string, unknown>> = {
  'DynamoDB_20120810.GetItem': { Item: toItem(row) },
  'DynamoDB_20120810.PutItem': {},
  'secretsmanager.GetSecretValue': { SecretString: '{"api_key":"sk"}' },
  'secretsmanager.CreateSecret': {},
};

const server = createServer(async (request, response) => {
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(awsAnswers[target] ?? {}));
    return;
  }
  const { input } = z.object({ input: z.array(z.string()) }).parse(JSON.parse(body));
  response.setHeader('content-type', 'application/json');
  response.end(embeddings(input.length));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = z.object({ port: z.number() }).parse(server.address());

const headers = {
  Authorization: `ApiKey ${Buffer.from('admin:secret').toString('base64')}`,
  'Content-Type': 'application/json',
};
const event = (httpMethod: string, path: string, body?: unknown) => ({
  httpMethod,
  path,
  headers: body === undefined ? { Authorization: headers.Authorization } : headers,
  queryStringParameters: null,
  body: body === undefined ? null : JSON.stringify(body),
});
const infer = (count: number) =>
  event('POST', '/_inference/text_embedding/e', { input: Array.from({ length: count }, (_, i) => `text ${i}`) });
const put = event('PUT', '/_inference/text_embedding/new', {
  service: 'openai',
  service_settings: { model_id: 'm', api_key: 'sk' },
});

const calls: Readonly<Record<FunctionName, Readonly<Record<string, object>>>> = {
  read: { 'GET of one endpoint': event('GET', '/_inference/text_embedding/e') },
  infer: { 'POST of 1 text': infer(1), 'POST of 64 texts, 1,536 numbers each': infer(64) },
  manage: { PUT: put },
  security: { 'GET of the caller': event('GET', '/_security/_authenticate') },
};

/** Runs in the function's own process: a start, one call, and a hundred more. */
const child = `
  const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  const bare = cpu();
  const { handler } = await import('./index.mjs');
  const start = cpu() - bare;
  const loaded = process.memoryUsage.rss() / 2 ** 20;
  const event = JSON.parse(process.env.EVENT);
  const call = async () => { const { statusCode, body } = await handler(event); if (statusCode !== 200 && statusCode !== 400) throw new Error(body); return statusCode; };
  const began = cpu(); const status = await call(); const first = cpu() - began;
  for (let i = 0; i < 20; i += 1) await call();
  const warmBegan = cpu(); for (let i = 0; i < 100; i += 1) await call(); const warm = (cpu() - warmBegan) / 100;
  console.log(JSON.stringify({ status, start, loaded, first, warm, most: process.resourceUsage().maxRSS / 1024 }));
  process.exit(0);`;

const measured = z.object({
  status: z.number(),
  start: z.number(),
  loaded: z.number(),
  first: z.number(),
  warm: z.number(),
  most: z.number(),
});

const measure = async (folder: string, call: object) => {
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', child], {
    cwd: folder,
    env: {
      EVENT: JSON.stringify(call),
      LAMBDA_TASK_ROOT: folder,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      INLET_API_KEY: Buffer.from('admin:secret').toString('base64'),
      INLET_EGRESS: JSON.stringify({ '*': `http://127.0.0.1:${port}/{host}` }),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return measured.parse(JSON.parse(await text(process_.stdout)));
};

const folder = mkdtempSync(join(tmpdir(), 'inlet-bench-'));
const shown = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
for (const name of functionNames) {
  await bundleFunction(name, join(folder, name));
  for (const [what, call] of Object.entries(calls[name])) {
    const { status, start, loaded, first, warm, most } = await measure(join(folder, name), call);
    console.log(
      `${name}, ${what} (${status}): start ${shown(start)} ms of a core and ${shown(loaded)} MiB, first call ${shown(first)} ms, warm ${shown(warm)} ms, at most ${shown(most)} MiB`,
    );
  }
}
rmSync(folder, { recursive: true, force: true });
server.close();
