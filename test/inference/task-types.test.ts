import { describe, expect, it } from 'vitest';
import { taskTypes } from '../../lib/api/task-type.ts';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { endpointBody, goodBody, openai, putEndpoint } from './openai.ts';

const statusException = (reason: string) => refused(400, 'status_exception', reason);

const unknown = (taskType: string) => statusException(`Unknown task_type [${taskType}]`);

describe('the task type of a new endpoint', () => {
  it.each([
    ['completion/e', undefined, 'completion'],
    ['e', 'completion', 'completion'],
    ['completion/e', 'completion', 'completion'],
    ['any/e', 'completion', 'completion'],
    ['CoMpLeTiOn/e', undefined, 'completion'],
    ['e', ' Completion ', 'completion'],
    ['%20completion%20/e', 'COMPLETION', 'completion'],
    ['chat_completion/e', undefined, 'chat_completion'],
    ['completion/e', null, 'completion'],
  ])('is read from the path %s and the body %s', async (path, taskType, expected) => {
    const whole = createWholeService(scriptedHttp(openai));
    const body = endpointBody({}, { ...(taskType !== undefined && { task_type: taskType }) });
    const answer = await whole.request({ method: 'PUT', path: `/_inference/${path}`, body });
    expect(answer).toMatchObject({ status: 200, json: { inference_id: 'e', task_type: expected } });
  });

  it.each([
    ['e', undefined, 'model is missing required setting [task_type]'],
    ['any/e', undefined, 'model is missing required setting [task_type]'],
    ['e', 'any', 'task_type [any] is not valid type for inference'],
    ['completion/e', 'any', 'task_type [any] is not valid type for inference'],
    [
      'completion/e',
      'Rerank',
      'Cannot resolve conflicting task_type parameter in the request URL [completion] and the request body [rerank]',
    ],
    ['e', 'nope', 'Unknown task_type [nope]'],
  ])('is refused in the path %s and the body %s', async (path, taskType, reason) => {
    const whole = createWholeService(scriptedHttp(openai));
    const body = endpointBody({}, { ...(taskType && { task_type: taskType }) });
    const answer = await whole.request({ method: 'PUT', path: `/_inference/${path}`, body });
    expect(told(answer)).toEqual(statusException(reason));
  });
});

describe('a path', () => {
  it.each(['GET', 'PUT', 'POST', 'DELETE'])(
    '%s with an unknown task type is refused before all else',
    async (method) => {
      const whole = createWholeService(scriptedHttp(openai));
      for (const path of ['/_inference/nope/Bad!', '/_inference/chat/Bad!', '/_inference/%20/x']) {
        const answer = await whole.request({
          method,
          path,
          query: { other: 'x' },
          body: '{',
          headers: { accept: '*/*' },
        });
        expect(told(answer)).toEqual(unknown(decodeURIComponent(path.split('/')[2] ?? '')));
      }
    },
  );

  it('with an unknown task type is refused in JSON on _stream too', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    const answer = await whole.request({ method: 'POST', path: '/_inference/nope/x/_stream', body: '{' });
    expect(told(answer)).toEqual(unknown('nope'));
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it.each(taskTypes)('of the one part %s names an endpoint', async (id) => {
    const whole = createWholeService(scriptedHttp(openai));
    expect(told(await whole.request({ method: 'GET', path: `/_inference/${id}` }))).toEqual(
      refused(404, 'resource_not_found_exception', `Inference endpoint not found [${id}]`),
    );
  });
});

describe('an endpoint', () => {
  it.each(['completion/e', 'Completion/e', 'any/e', 'ANY/e', 'e'])('is found at %s', async (path) => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    const shown = await whole.request({ method: 'GET', path: `/_inference/${path}` });
    expect(shown).toMatchObject({ status: 200, json: { endpoints: [{ inference_id: 'e', task_type: 'completion' }] } });
    const answer = await whole.request({ method: 'POST', path: `/_inference/${path}`, body: goodBody.completion });
    expect(told(answer)).toEqual({ status: 200, json: { completion: [{ result: 'Hello there' }] } });
    const gone = await whole.request({ method: 'DELETE', path: `/_inference/${path}` });
    expect(told(gone)).toEqual({ status: 200, json: { acknowledged: true, pipelines: [], indexes: [] } });
  });

  const requested = (taskType: string) =>
    `Requested task type [${taskType}] does not match the inference endpoint's task type [completion]`;
  const incompatible = (taskType: string) =>
    `Incompatible task_type, the requested type [${taskType}] does not match the model type [completion]`;

  it.each([
    ['GET', '', undefined, requested('rerank')],
    ['DELETE', '', undefined, requested('rerank')],
    ['POST', '', goodBody.rerank, incompatible('rerank')],
  ])('of another task type is refused to %s', async (method, suffix, body, reason) => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    const answer = await whole.request({ method, path: `/_inference/rerank/e${suffix}`, body });
    expect(told(answer)).toEqual(statusException(reason));
    expect((await whole.endpoints.list()).map(({ inference_id }) => inference_id)).toEqual(['e']);
  });

  it('of another task type is refused to POST before its settings and secrets are looked at', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    const answer = await whole.request({
      method: 'POST',
      path: '/_inference/completion/.rerank-v1-elasticsearch',
      body: goodBody.completion,
    });
    expect(told(answer)).toEqual(
      statusException('Incompatible task_type, the requested type [completion] does not match the model type [rerank]'),
    );
  });
});

describe('an inference id', () => {
  it.each(['a', '0', 'a-b_c.d', 'a--b', '1.2', `${'x'.repeat(600)}`])('%s is taken', async (id) => {
    const whole = createWholeService(scriptedHttp(openai));
    expect((await putEndpoint(whole, 'completion', id)).json).toMatchObject({ inference_id: id });
  });

  it.each([
    'A',
    'a-',
    '-a',
    '.a',
    'a.',
    '_a',
    'ä',
    'a%20b',
    'a%2Fb',
    '.elser-2-elasticsearch',
    '_all',
    '_services',
    '*',
  ])('%s is refused to PUT and _update, and not found elsewhere', async (path) => {
    const id = decodeURIComponent(path);
    const whole = createWholeService(scriptedHttp(openai));
    const malformed = refused(
      400,
      'action_request_validation_exception',
      `Validation Failed: 1: Invalid inference_id; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric;`,
    );
    for (const suffix of ['', '/_update']) {
      const answer = await whole.request({ method: 'PUT', path: `/_inference/completion/${path}${suffix}`, body: '{' });
      expect(told(answer)).toEqual(malformed);
    }
    if (id.startsWith('.elser')) return;
    for (const [method, body] of [
      ['DELETE', undefined],
      ['POST', goodBody.completion],
    ] as const) {
      const answer = await whole.request({ method, path: `/_inference/completion/${path}`, body });
      expect(told(answer)).toEqual(
        refused(404, 'resource_not_found_exception', `Inference endpoint not found [${id}]`),
      );
    }
  });
});
