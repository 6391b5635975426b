import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { type FunctionName, functionNames } from '../../lib/http/routes.ts';
import { sweepEvent, variantName } from '../../lib/ml-node/names.ts';
import { findUploaded } from '../../local/engine/uploaded.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { listenOnLoopback } from '../../local/stand-ins/http-listener.ts';
import { startModelHosting } from '../../local/stand-ins/model-hosting.ts';
import { startS3 } from '../../local/stand-ins/s3.ts';
import { startSageMakerRuntime } from '../../local/stand-ins/sagemaker/runtime.ts';
import { startSecretsManager } from '../../local/stand-ins/secrets-manager.ts';
import { clientFor, type StandIn } from '../../local/stand-ins/stand-in.ts';
import { rightsFor } from './called-actions.ts';
import type { Answered, Asked } from './function-worker.ts';
import { nameOf, type Right, region, variablesOf } from './rights.ts';
import type { Synthesised } from './synthesise.ts';

type Recorded = Right & { readonly by: FunctionName };

const memory = ':memory:';
const secret = 'of the tests';
const log = { error: (message: string, { error }: { readonly error: unknown }) => console.error(message, error) };

const embed = z.object({ inputs: z.array(z.string()) });

/** The models' servers: the same vector for each text. */
const startContainers = (): Promise<StandIn> =>
  listenOnLoopback(
    createServer(async (request, response) => {
      const { inputs } = embed.parse(await json(request));
      response.end(JSON.stringify(inputs.map(() => [0.6, -0.8])));
    }),
  );

/** OpenAI, as far as an embedding goes. */
const startProvider = (): Promise<StandIn> =>
  listenOnLoopback(
    createServer(async (request, response) => {
      request.resume();
      const data = [{ object: 'embedding', index: 0, embedding: [0.6, -0.8] }];
      const usage = { prompt_tokens: 1, total_tokens: 1 };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', model: 'm', data, usage }));
    }),
  );

/** All of AWS that functions call, each part by what its requests look like. */
const startAws = async (synthesised: Synthesised) => {
  const { INLET_ML_NODE: node = '', INLET_MODEL_BUCKET: bucket = '' } = variablesOf(synthesised, 'manage');
  const name = ({ tableName }: { readonly tableName: string }) => nameOf(synthesised, tableName);
  const { endpoints, apiKeys, buckets, adminSecret } = synthesised.stack.data;
  const models = await mkdtemp(join(tmpdir(), 'inlet-models-'));
  await mkdir(join(models, 'org', 'dense'), { recursive: true });
  await writeFile(join(models, 'org', 'dense', 'inlet.json'), '{"task_type":"text_embedding"}');
  const dynamoDb = await startDynamoDb({
    dataDir: memory,
    tables: { endpoints: name(endpoints), apiKeys: name(apiKeys), buckets: name(buckets) },
    log,
  });
  const secretsManager = await startSecretsManager({ dataDir: memory, log });
  const client = new SecretsManagerClient(clientFor(secretsManager.endpoint));
  await client.send(
    new CreateSecretCommand({ Name: nameOf(synthesised, adminSecret.secretArn), SecretString: secret }),
  );
  client.destroy();
  const endpoint = { name: node.replace('sagemaker://', ''), variant: variantName, mostInstances: 3 };
  const { sageMaker, autoScaling, components } = await startModelHosting({ dataDir: memory, endpoint, log });
  const containers = await startContainers();
  const runtime = await startSageMakerRuntime({
    endpoint,
    components,
    containerOf: () => containers.endpoint,
    elsewhere: () => containers.endpoint,
  });
  const s3 = await startS3({ bucket, folderOf: (id) => findUploaded([models], id), log });
  const byTarget: Readonly<Record<string, StandIn>> = {
    DynamoDB_20120810: dynamoDb,
    secretsmanager: secretsManager,
    SageMaker: sageMaker,
    AnyScaleFrontendService: autoScaling,
  };
  return {
    standInFor: ({ url = '', headers }: IncomingMessage): StandIn => {
      const target = headers['x-amz-target'];
      const found = typeof target === 'string' ? byTarget[target.split('.')[0] ?? ''] : undefined;
      return found ?? (url.startsWith('/endpoints/') ? runtime : s3);
    },
    close: async () => {
      await Promise.all([dynamoDb, secretsManager, sageMaker, autoScaling, runtime, s3].map(({ close }) => close()));
      await containers.close();
      await rm(models, { recursive: true });
    },
  };
};

/** Hands a request on, and its answer back. */
const handOn = async (request: IncomingMessage, body: string, to: StandIn, response: ServerResponse): Promise<void> => {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const answer = await fetch(`${to.endpoint}${request.url}`, {
    method: request.method ?? 'POST',
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(request.method !== 'GET' && { body }),
  });
  const { 'content-encoding': _coding, ...passed } = Object.fromEntries(answer.headers);
  response.writeHead(answer.status, passed).end(Buffer.from(await answer.arrayBuffer()));
};

/**
 * Starts the functions, each with the variables that the stack gives it and nothing else, in front of stand-ins of all that they call.
 * Each request of theirs to AWS is recorded as the right that it takes.
 */
export const startFunctions = async (synthesised: Synthesised) => {
  const recorded: Recorded[] = [];
  const events: Promise<unknown>[] = [];
  const aws = await startAws(synthesised);
  const provider = await startProvider();

  const startFunction = async (by: FunctionName) => {
    const gate = await listenOnLoopback(
      createServer(async (request, response) => {
        const body = await text(request);
        recorded.push(...rightsFor(request, body).map((right) => ({ ...right, by })));
        if (!request.url?.startsWith('/2015-03-31/')) return handOn(request, body, aws.standInFor(request), response);
        events.push(functions.manage.send(JSON.parse(body)));
        response.writeHead(202).end();
      }),
    );
    const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData: by,
      env: {
        ...variablesOf(synthesised, by),
        INLET_EGRESS: JSON.stringify({ '*': provider.endpoint }),
        LOG_LEVEL: 'error',
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: 'role',
        AWS_SECRET_ACCESS_KEY: 'role',
        AWS_ENDPOINT_URL: gate.endpoint,
      },
    });
    await once(worker, 'online');
    const waiting = new Map<number, (answered: Answered) => void>();
    worker.on('message', (answered: Answered) => waiting.get(answered.id)?.(answered));
    let asked = 0;
    return {
      send: (event: Asked['event']): Promise<Answered> =>
        new Promise((resolve) => {
          asked += 1;
          waiting.set(asked, resolve);
          worker.postMessage({ id: asked, event } satisfies Asked);
        }),
      close: async () => {
        await worker.terminate();
        await gate.close();
      },
    };
  };

  const started = await Promise.all(functionNames.map(async (by) => [by, await startFunction(by)] as const));
  // One for each name of the list.
  const functions = Object.fromEntries(started) as Record<FunctionName, Awaited<ReturnType<typeof startFunction>>>;
  const adminKey = Buffer.from(`admin:${secret}`).toString('base64');

  return {
    /** An event of the project itself. */
    sweep: () => functions.manage.send(sweepEvent),
    ask: async (by: FunctionName, httpMethod: string, path: string, body?: unknown, key = adminKey) => {
      const { status, text: answer } = await functions[by].send({
        httpMethod,
        path,
        headers: { authorization: `ApiKey ${key}`, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status, answer };
    },
    /** What was asked of AWS so far, once all that it caused is done. */
    calls: async (): Promise<readonly Recorded[]> => {
      await Promise.all(events);
      return recorded;
    },
    close: async () => {
      await Promise.all(Object.values(functions).map(({ close }) => close()));
      await Promise.all([aws.close(), provider.close()]);
    },
  };
};
