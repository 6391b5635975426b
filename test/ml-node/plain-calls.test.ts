import { describe, expect, it } from 'vitest';
import { nodeStatus } from '../../lib/ml-node/component-status.ts';
import { componentName } from '../../lib/ml-node/names.ts';
import { createNode } from '../../lib/ml-node/node.ts';
import { wakeByEvent } from '../../lib/ml-node/wake-function.ts';
import { createSend } from '../../lib/transport/send.ts';
import { type Script, scriptedHttp } from '../helpers/scripted-http.ts';

const never = new AbortController().signal;

const sending = (script: Script) => {
  const http = scriptedHttp(script);
  const send = createSend({
    http,
    tokens: { get: async () => '', drop: () => {} },
    roleCredentials: () => ({ accessKeyId: 'ROLE', secretAccessKey: 'secret' }),
  });
  return { http, send, region: 'eu-west-1' };
};

const described = {
  InferenceComponentStatus: 'InService',
  RuntimeConfig: { DesiredCopyCount: 2, CurrentCopyCount: 1 },
};
const absent = (message: string) => ({ status: 400, body: { __type: 'ValidationException', message } });

describe('what infer and read ask of SageMaker', () => {
  it('is signed, and asks by the name of the operation', async () => {
    const { http, ...options } = sending(() => ({ body: described }));
    const status = nodeStatus({ ...options, endpoint: 'Inlet-ml-node' });
    expect(await status.find('component', never)).toEqual(described);
    expect(http.sent[0]).toMatchObject({
      url: 'https://api.sagemaker.eu-west-1.amazonaws.com/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'SageMaker.DescribeInferenceComponent',
        authorization: expect.stringContaining('/eu-west-1/sagemaker/aws4_request'),
      },
      body: '{"InferenceComponentName":"component"}',
    });
  });

  it('tells what is not there from what cannot be asked', async () => {
    const gone = nodeStatus({ ...sending(() => absent('Could not find endpoint "x".')), endpoint: 'x' });
    expect(await gone.find('component', never)).toBeUndefined();
    expect(await gone.hasEndpoint(never)).toBe(false);
    const wrong = nodeStatus({ ...sending(() => absent('1 validation error detected')), endpoint: 'x' });
    await expect(wrong.find('component', never)).rejects.toThrow('400 ValidationException');
    const denied = nodeStatus({
      ...sending(() => ({ status: 403, body: 'no JSON' })),
      endpoint: 'x',
    });
    await expect(denied.hasEndpoint(never)).rejects.toThrow('403');
  });

  const counting = (script: Script) => {
    const { http, send, region } = sending(script);
    const warnings: string[] = [];
    const { countAllocations } = createNode({
      http,
      send,
      region,
      addresses: 'sagemaker://Inlet-ml-node',
      image: undefined,
      accelerator: 'gpu',
      mostInstances: 3,
      bucket: undefined,
      tokenizer: () => Promise.reject(new Error('not asked')),
      wake: async () => {},
      log: { warn: (message) => warnings.push(message) },
    });
    return { countAllocations, http, warnings };
  };

  it.each<[string, Script, number | undefined]>([
    ['copies that are wanted', () => ({ body: described }), 2],
    ['no copy', () => ({ body: { ...described, RuntimeConfig: { DesiredCopyCount: 0, CurrentCopyCount: 0 } } }), 0],
    ['nothing where nothing is deployed', () => absent('Could not find inference component'), undefined],
    ['nothing where it failed', () => ({ body: { ...described, InferenceComponentStatus: 'Failed' } }), undefined],
  ])('counts %s', async (_, script, count) => {
    const { countAllocations, http, warnings } = counting(script);
    expect(await countAllocations('my.elser')).toBe(count);
    expect(http.sent[0]?.body).toBe(
      JSON.stringify({ InferenceComponentName: componentName('Inlet-ml-node', 'my.elser') }),
    );
    expect(warnings).toEqual([]);
  });

  it('counts nothing, and logs it, where SageMaker cannot be asked', async () => {
    const { countAllocations, warnings } = counting(() => ({ status: 500, body: {} }));
    expect(await countAllocations('mine')).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });
});

describe('a deployment is asked for', () => {
  it('by an event of the function that may start it', async () => {
    const { http, ...options } = sending(() => ({ status: 202, body: '' }));
    await wakeByEvent({ ...options, functionName: 'Inlet-manage' })('.elser-2-elasticsearch');
    expect(http.sent[0]).toMatchObject({
      url: 'https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/Inlet-manage/invocations',
      headers: {
        'x-amz-invocation-type': 'Event',
        authorization: expect.stringContaining('/eu-west-1/lambda/aws4_request'),
      },
      body: '{"inlet":"wake","deployment":".elser-2-elasticsearch"}',
    });
  });

  it('again when Lambda has not taken the event', async () => {
    const { http, ...options } = sending(() => ({ status: 429, body: {} }));
    await expect(wakeByEvent({ ...options, functionName: 'Inlet-manage' })('mine')).rejects.toThrow('429');
    expect(http.sent).toHaveLength(1);
  });
});
