import { describe, expect, it } from 'vitest';
import { chatRefused, refused } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { type Answer, createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from './ml-node.ts';
import { goodBody, putEndpoint, refusal, streamText } from './openai.ts';

/** A service with an endpoint for each task type of OpenAI; `answer` is what it says after that. */
const withEndpoints = async (answer?: object) => {
  let created = false;
  const whole = createWholeService(
    scriptedHttp((request, position) => (created && answer ? { body: '', ...answer } : allServices(request, position))),
  );
  for (const taskType of ['completion', 'chat_completion', 'text_embedding', 'embedding'] as const)
    await putEndpoint(whole, taskType, taskType);
  created = true;
  const stream = (path: string, body: unknown) =>
    whole.request({
      method: 'POST',
      path: `/_inference/${path}/_stream`,
      body,
      headers: { accept: 'application/vnd.elasticsearch+json; compatible-with=9' },
    });
  return { stream, whole };
};

/** Names and data of the events of an answer. */
const eventsOf = ({ text }: Answer): readonly unknown[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      return [name, data === '[DONE]' ? data : JSON.parse(data)];
    });

/** One error event with the status of the error: nothing has been sent before it. */
const failedWith = ({ status, json }: { readonly status: number; readonly json: unknown }) => ({
  status,
  type: 'text/event-stream',
  events: [['error', json]],
});

const seen = (answer: Answer) => ({
  status: answer.status,
  type: answer.headers['content-type'],
  events: eventsOf(answer),
});

const notStreamed = (service: string, task?: string) =>
  refused(
    405,
    'status_exception',
    task
      ? `Streaming is not allowed for service [${service}] and task [${task}]. Supported tasks: [completion,chat_completion]`
      : `Streaming is not allowed for service [${service}].`,
  );

describe('_stream', () => {
  it('of completion passes the service’s deltas on', async () => {
    const { stream } = await withEndpoints();
    const answer = await stream('completion', goodBody.completion);
    expect(answer.text).toBe(
      'event: message\ndata: {"completion":[{"delta":"Hello"}]}\n\nevent: message\ndata: {"completion":[{"delta":" there"}]}\n\nevent: message\ndata: [DONE]\n\n',
    );
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
  });

  it('of chat passes its chunks on, without a wrapper', async () => {
    const { stream } = await withEndpoints();
    const chunk = (delta: object, more = {}) => [
      'message',
      {
        id: 'c1',
        choices: [{ delta, ...more, index: 0 }],
        model: 'gpt',
        object: 'chat.completion.chunk',
      },
    ];
    expect(seen(await stream('chat_completion/chat_completion', goodBody.chat_completion))).toEqual({
      status: 200,
      type: 'text/event-stream',
      events: [
        chunk({ content: 'Hello', role: 'assistant' }),
        chunk({ content: ' there' }),
        chunk({}, { finish_reason: 'stop' }),
        ['message', '[DONE]'],
      ],
    });
  });

  it('of a task that comes whole is one event', async () => {
    const { stream } = await withEndpoints();
    expect((await stream('embedding', goodBody.embedding)).text).toBe(
      'event: message\ndata: {"embeddings":[{"embedding":[1.0,0.5]}]}\n\nevent: message\ndata: [DONE]\n\n',
    );
  });

  it.each([
    ['a dense embedding', 'text_embedding', goodBody.text_embedding, notStreamed('openai', 'text_embedding')],
    ['a service without streams', defaultEndpoints.rerank, goodBody.rerank, notStreamed('elasticsearch')],
    [
      'a body without its fields',
      'completion/none',
      {},
      refused(400, 'action_request_validation_exception', 'Validation Failed: 1: Field [input] cannot be null;'),
    ],
    [
      'a missing endpoint',
      'none',
      goodBody.completion,
      refused(404, 'resource_not_found_exception', 'Inference endpoint not found [none]'),
    ],
    [
      'a missing endpoint of chat',
      'chat_completion/none',
      goodBody.chat_completion,
      chatRefused(404, 'not_found', 'Inference endpoint not found [none]', 'resource_not_found_exception'),
    ],
    [
      'another task type',
      'chat_completion/completion',
      goodBody.chat_completion,
      chatRefused(
        400,
        'bad_request',
        'Incompatible task_type, the requested type [chat_completion] does not match the model type [completion]',
      ),
    ],
    [
      'two inputs',
      'completion',
      { input: ['a', 'b'] },
      refused(400, 'status_exception', 'OpenAI chat completions only accepts 1 input'),
    ],
  ])('tells of %s as one event, with its status', async (_, path, body, expected) => {
    const { stream } = await withEndpoints();
    expect(seen(await stream(path, body))).toEqual(failedWith(expected));
  });

  const reason =
    'Received an authentication error status code for request from inference entity id [completion] status [401]. Error message: [no]';

  it('tells of a refusal of the service before any data with its status', async () => {
    const { stream } = await withEndpoints(refusal(401, 'no'));
    expect(seen(await stream('completion', goodBody.completion))).toEqual(
      failedWith(refused(401, 'status_exception', reason)),
    );
    expect(seen(await stream('chat_completion', goodBody.chat_completion))).toEqual(
      failedWith({
        status: 401,
        json: {
          error: {
            code: 'a_code',
            message: reason.replace('[completion]', '[chat_completion]'),
            type: 'invalid_request_error',
          },
        },
      }),
    );
  });

  const begun = streamText.slice(0, streamText.indexOf('\n\n') + 2);
  const failed = 'Received an error response for request from inference entity id';
  it.each([
    [
      'completion',
      `${begun}event: error\ndata: {"error":{"message":"too busy","type":"server_error"}}\n\n${streamText}`,
      refused(500, 'status_exception', `${failed} [completion]. Error message: [too busy]`).json,
    ],
    [
      'chat_completion',
      `${begun}data: {"error":{"message":"too busy","type":"server_error"}}\n\n${streamText}`,
      { error: { message: `${failed} [chat_completion]. Error message: [too busy]`, type: 'server_error' } },
    ],
    [
      'completion',
      begun,
      refused(
        500,
        'status_exception',
        'Failed to send OpenAI chat completions request. Cause: the connection failed or was cut',
      ).json,
    ],
  ])('of %s that fails after its first event ends in an error event', async (id, body, error) => {
    const { stream, whole } = await withEndpoints({ body });
    const answer = await stream(id, goodBody[id as 'completion']);
    expect({ status: answer.status, events: eventsOf(answer).slice(1) }).toEqual({
      status: 200,
      events: [['error', error]],
    });
    expect(eventsOf(answer)[0]).toEqual(['message', expect.anything()]);
    expect(JSON.parse(whole.lines.at(-1) ?? '')).toMatchObject({
      operation: 'streamInfer',
      status: 200,
      error_type: 'status_exception',
    });
  });

  it('does not wait for what comes after the service’s last word', async () => {
    const { stream } = await withEndpoints({ body: `${streamText}data: {"error":{"message":"late"}}\n\n` });
    const answer = await stream('completion', goodBody.completion);
    expect(eventsOf(answer).at(-1)).toEqual(['message', '[DONE]']);
  });
});
