import { describe, expect, it, vi } from 'vitest';
import { type Http, OutboundError, type OutboundErrorKind } from '../../lib/transport/types.ts';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { statusError } from './endpoints.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const e5 = { num_threads: 1, num_allocations: 1, model_id: '.multilingual-e5-small' };
const model = { api_key: 'k', model_id: 'm' };
const tasks = {
  'elasticsearch text_embedding': { service_settings: e5, input: { input: 'x' } },
  'openai text_embedding': { service_settings: model, input: { input: 'x' } },
  'openai completion': { service_settings: model, input: { input: 'x' } },
} as const;
type Name = keyof typeof tasks;

const embedding = { data: [{ embedding: [1] }] };
const completion = { choices: [{ message: { content: 'Yes.' } }] };

/** An endpoint whose service, once the endpoint is stored, does what `fail` does; `attempts` counts how often it was asked. */
const failing = async (name: Name, fail: (signal: AbortSignal) => Promise<never>) => {
  const [service, task = ''] = name.split(' ');
  const answering = scriptedHttp(() => ({ body: task === 'completion' ? completion : embedding }));
  let stored = false;
  let attempts = 0;
  const http: Http = {
    ...answering,
    whole: (request, options) => {
      if (!stored) return answering.whole(request, options);
      attempts += 1;
      return fail(options.signal);
    },
  };
  const { request } = createWholeService(http);
  const path = `/_inference/${task}/unheard`;
  const { service_settings, input } = tasks[name];
  await request({ method: 'PUT', path, body: { service, service_settings } });
  stored = true;
  const post = (query: Readonly<Record<string, string>> = {}) => request({ method: 'POST', path, query, body: input });
  return { post, attempts: () => attempts };
};

describe('a service without an answer', () => {
  it.each<[Name, OutboundErrorKind, number, object]>([
    [
      'openai text_embedding',
      'connection',
      3,
      statusError('Failed to send OpenAI embeddings request. Cause: the connection failed or was cut', 500),
    ],
    [
      'openai completion',
      'too_large',
      1,
      statusError('Failed to send OpenAI chat completions request. Cause: the answer is too large', 500),
    ],
    [
      'openai text_embedding',
      'unknown_host',
      1,
      statusError('Invalid host [api.openai.com], please check that the URL is correct.'),
    ],
    [
      'openai completion',
      'bad_url',
      1,
      statusError('Invalid host [api.openai.com], please check that the URL is correct.'),
    ],
    [
      'elasticsearch text_embedding',
      'connection',
      1,
      statusError('Error in inference process: [the connection failed or was cut]', 500),
    ],
  ])('is told of by %s, for %s after %i attempts', async (name, kind, attempts, expected) => {
    const endpoint = await failing(name, () => Promise.reject(new OutboundError(kind, 'api.openai.com')));
    expect(told(await endpoint.post())).toEqual(expected);
    expect(endpoint.attempts()).toBe(attempts);
  });

  it.each<[Name, object]>([
    [
      'openai text_embedding',
      refused(429, 'timeout_exception', 'Request timed out after [5ms] for inference id [unheard]'),
    ],
    [
      'openai completion',
      refused(429, 'timeout_exception', 'Request timed out after [5ms] for inference id [unheard]'),
    ],
    ['elasticsearch text_embedding', statusError('timeout [5ms] waiting for inference result', 408)],
  ])('is waited for no longer than the caller wants: %s', async (name, expected) => {
    const never = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const endpoint = await failing(name, never);
    expect(told(await endpoint.post({ timeout: '5ms' }))).toEqual(expected);
  });
});
