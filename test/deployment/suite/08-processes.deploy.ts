import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { rotatedKey } from '../stand-ins/provider.ts';
import { openService, readOutputs, takeSent, target } from './deployment.ts';
import { completions, failure, vectors } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;
const lambda = new LambdaClient({});

beforeAll(async () => {
  service = await openService();
});

/** Seconds that a function may take. Any change of a function's configuration gives it new processes. */
const timeoutOf = async (FunctionName: string): Promise<number> =>
  (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).Timeout ?? 0;

const changeTimeout = async (FunctionName: string, Timeout: number): Promise<void> => {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60, minDelay: 1 }, { FunctionName });
};

const gatewayFailure = failure(500, 'exception', 'The request failed on its way');

const embed = async (input: readonly string[]) => {
  const answer = await service.ask('POST', '/_inference/my-embeddings', { input });
  return { status: answer.status, body: await answer.json() };
};

describe('new processes of every function', () => {
  it('know what the ones before them have stored', async () => {
    const functions = readOutputs();
    await takeSent();
    await embed(['before']);
    const [before] = await takeSent();
    for (const name of [functions.InferFunction, functions.ManageFunction, functions.ReadFunction]) {
      const seconds = await timeoutOf(name);
      await changeTimeout(name, seconds - 1);
      await changeTimeout(name, seconds);
    }

    expect(await embed(['after'])).toEqual({ status: 200, body: vectors(['after']) });
    const [after] = await takeSent();
    // A process has connections of its own, and reads the newest secret.
    expect(after?.connection).not.toBe(before?.connection);
    expect(after?.authorization).toBe(`Bearer ${rotatedKey}`);
    const shown = await (await service.ask('GET', '/_inference/my-embeddings')).json();
    expect(shown).toMatchObject({ endpoints: [{ service_settings: { rate_limit: { requests_per_minute: 7000 } } }] });
  });
});

describe('a function that does not answer', () => {
  it('is a 500 when its time is over, and the next call goes on', async () => {
    const { InferFunction: name } = readOutputs();
    const seconds = await timeoutOf(name);
    const named = { inference_id: 'silent', task_type: 'completion' } as const;
    await service.client.inference.put({ ...named, inference_config: completions });
    // Longer than a cold start.
    await changeTimeout(name, 5);
    try {
      const answer = await service.ask('POST', '/_inference/silent', { input: 'stay silent' });
      expect(answer.status).toBe(target.failedFunction);
      const body: unknown = await answer.json();
      if (target.streams) {
        expect(body).toEqual(gatewayFailure);
        expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
      }
      expect(await embed(['next'])).toEqual({ status: 200, body: vectors(['next']) });
    } finally {
      await changeTimeout(name, seconds);
      await service.client.inference.delete(named);
    }
  });

  it.runIf(target.streams)('is a gateway error in Elasticsearch’s shape when Lambda lets nobody in', async () => {
    const { SecurityFunction: FunctionName } = readOutputs();
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    try {
      const answer = await service.ask('GET', '/_security/_authenticate');
      expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 500, body: gatewayFailure });
    } finally {
      await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    }
    expect((await service.ask('GET', '/_security/_authenticate')).status).toBe(200);
  });
});
