import { describe, expect, it } from 'vitest';
import { chatRefused, refused, refusedFor, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from './ml-node.ts';
import { goodBody, putEndpoint } from './openai.ts';

const withEndpoints = async () => {
  const http = scriptedHttp(allServices);
  const whole = createWholeService(http);
  await putEndpoint(whole, 'completion', 'completion');
  await putEndpoint(whole, 'chat_completion', 'chat');
  await putEndpoint(whole, 'text_embedding', 'dense');
  await putEndpoint(whole, 'embedding', 'embedding');
  const before = http.sent.length;
  const post = (path: string, body: unknown) => whole.request({ method: 'POST', path: `/_inference/${path}`, body });
  return { post, calls: () => http.sent.length - before, whole };
};

const eof = 'Unexpected end-of-input: expected a key in double quotes';
const badJson = refusedFor(
  400,
  { type: 'x_content_e_o_f_exception', reason: `[1:2] ${eof}` },
  { type: 'json_e_o_f_exception', reason: eof },
  { type: 'x_content_e_o_f_exception', reason: `[1:2] ${eof}` },
);
const unknownField = (parser: string) =>
  refused(400, 'x_content_parse_exception', `[1:2] [${parser}] unknown field [nope]`);
const noInput = refused(
  400,
  'action_request_validation_exception',
  'Validation Failed: 1: Field [input] cannot be null;',
);
const missing = refused(404, 'resource_not_found_exception', 'Inference endpoint not found [none]');
const incompatible = (requested: string, stored: string) =>
  refused(
    400,
    'status_exception',
    `Incompatible task_type, the requested type [${requested}] does not match the model type [${stored}]`,
  );
const twoInputs = refused(400, 'status_exception', 'OpenAI chat completions only accepts 1 input');

describe('a call with a task type in its path', () => {
  // Each row breaks its own check and all that come later.
  it.each([
    ['the JSON', 'completion/none', '{', badJson],
    ['the fields', 'completion/none', { nope: 1 }, unknownField('cluster:internal/xpack/inference')],
    ['the rules of the body', 'completion/none', {}, noInput],
    ['that the endpoint exists', 'completion/none', { input: ['a', 'b'] }, missing],
    ['its task type', 'completion/dense', { input: ['a', 'b'] }, incompatible('completion', 'text_embedding')],
    ['the service', 'completion/completion', { input: ['a', 'b'] }, twoInputs],
  ])('checks %s before what comes later', async (_, path, body, expected) => {
    const { post, calls } = await withEndpoints();
    expect(told(await post(path, body))).toEqual(expected);
    expect(calls()).toBe(0);
  });
});

describe('a call without a task type in its path', () => {
  it.each(['', 'any/'])('(%s) checks the endpoint, then the body, then the service', async (prefix) => {
    const { post, calls } = await withEndpoints();
    expect(told(await post(`${prefix}none`, '{'))).toEqual(missing);
    expect(told(await post(`${prefix}completion`, '{'))).toEqual(badJson);
    expect(told(await post(`${prefix}completion`, { nope: 1 }))).toEqual(
      unknownField('cluster:internal/xpack/inference'),
    );
    expect(told(await post(`${prefix}completion`, {}))).toEqual(noInput);
    expect(told(await post(`${prefix}completion`, { input: ['a', 'b'] }))).toEqual(twoInputs);
    expect(calls()).toBe(0);
  });

  it.each([
    ['dense', goodBody.rerank, 'cluster:internal/xpack/inference', 'query'],
    ['embedding', goodBody.rerank, 'EmbeddingRequest', 'query'],
    [defaultEndpoints.rerank, { ...goodBody.rerank, input_type: 'search' }, 'RerankRequest', 'input_type'],
    [defaultEndpoints.sparse_embedding, { messages: [] }, 'cluster:internal/xpack/inference', 'messages'],
  ])('reads the body of %s with the parser of its task', async (id, body, parser, field) => {
    const { post } = await withEndpoints();
    const reason = new RegExp(`^\\[1:\\d+\\] \\[${parser.replaceAll('/', '\\/')}\\] unknown field \\[${field}\\]`);
    expect(await post(id, body)).toMatchObject({
      status: 400,
      json: { error: { type: 'x_content_parse_exception', reason: expect.stringMatching(reason) } },
    });
  });

  it('reads the body of chat with its parser', async () => {
    const { post } = await withEndpoints();
    expect(told(await post('chat', { ...goodBody.chat_completion, stream: true }))).toEqual(
      chatRefused(
        400,
        'bad_request',
        '[1:45] [UnifiedCompletionRequestBody] unknown field [stream]',
        'x_content_parse_exception',
      ),
    );
  });

  it('takes an input type that a path with the task type would refuse', async () => {
    const { post } = await withEndpoints();
    const body = { input: 'a', input_type: 'search' };
    const id = defaultEndpoints.sparse_embedding;
    expect((await post(id, body)).status).toBe(200);
    expect(told(await post(`sparse_embedding/${id}`, body))).toEqual(
      refused(
        400,
        'action_request_validation_exception',
        'Validation Failed: 1: Field [input_type] cannot be specified for task type [sparse_embedding];',
      ),
    );
  });
});

describe('a stored service', () => {
  it('that is no longer there is refused', async () => {
    const { post, whole } = await withEndpoints();
    const row = await whole.endpoints.get('completion');
    if (row) await whole.endpoints.update({ ...row, service: 'old' }, row.revision);
    for (const path of ['completion', 'completion/_stream']) {
      const { json, text } = await post(path, goodBody.completion);
      const error = json ?? JSON.parse(text.replace(/^event: error\ndata: /, ''));
      expect({ status: 400, json: error }).toEqual(
        refused(400, 'status_exception', 'Unknown service [old] for model [completion]. '),
      );
    }
  });
});
