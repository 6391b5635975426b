import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { Scripted } from '../helpers/scripted-http.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, refusal } from './openai.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const secret = fc.stringMatching(/^sk-[A-Za-z0-9+/=]{16,32}$/);
const taskType = fc.constantFrom('completion', 'chat_completion', 'text_embedding', 'embedding');
const id = fc.constantFrom('a', 'b');

const oauth = { client_id: 'client', scopes: ['scope'], token_url: 'https://tokens.test/token' };

/** Settings that hold a secret, some of them wrong in one way or another. */
const settings = fc.oneof(
  secret.map((api_key) => ({ model_id: 'm', api_key })),
  secret.map((client_secret) => ({ model_id: 'm', client_secret, ...oauth })),
  secret.map((api_key) => ({ model_id: '', api_key, dimensions: 'x' })),
  secret.map((api_key) => ({ model_id: 'm', api_key, other: 1, rate_limit: { requests_per_minute: -1 } })),
  fc.tuple(secret, secret).map(([api_key, client_secret]) => ({ model_id: 'm', api_key, client_secret })),
  secret.map((api_key) => ({ model_id: 'm', api_key, url: 'https://a.test/embeddings' })),
  secret.map((api_key) => [{ model_id: 'm', api_key }]),
  secret.map((api_key) => ({ model_id: 'm', api_key: [api_key] })),
);

const step = fc.oneof(
  fc.record({ kind: fc.constant('put'), id, taskType, settings }),
  fc.record({ kind: fc.constant('update'), id, taskType, settings }),
  fc.record({ kind: fc.constantFrom('get', 'list', 'delete', 'call', 'stream'), id, taskType }),
  fc.record({ kind: fc.constantFrom('stores fail', 'stores work') }),
);

/** What the service says to one request; `good` is what is asked for. */
const answer = fc.constantFrom<'good' | Scripted>(
  'good',
  'good',
  'good',
  refusal(401, 'Incorrect key'),
  refusal(429, 'slow down'),
  refusal(500, 'oh'),
  { status: 403, body: '<html>' },
  { body: '{"data":' },
  { body: 'event: error\ndata: {"error":{"message":"oh"}}\n\n' },
);

const accessToken = 'sk-an-access-token-of-the-token-server';

const requestOf = (step_: { kind: string; id?: string; taskType?: string; settings?: object }) => {
  const path = `/_inference/${step_.taskType}/${step_.id}`;
  // The task types are those of the bodies.
  const body = goodBody[step_.taskType as keyof typeof goodBody];
  switch (step_.kind) {
    case 'put':
      return { method: 'PUT', path, body: { service: 'openai', service_settings: step_.settings } };
    case 'update':
      return { method: 'PUT', path: `${path}/_update`, body: { service_settings: step_.settings } };
    case 'get':
      return { method: 'GET', path };
    case 'delete':
      return { method: 'DELETE', path };
    case 'call':
      return { method: 'POST', path, body };
    case 'stream':
      return { method: 'POST', path: `${path}/_stream`, body };
    default:
      return { method: 'GET', path: '/_inference' };
  }
};

it('no secret stands in an answer, in a log line or beside its endpoint', async () => {
  let used = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 10 }),
      fc.array(answer, { minLength: 1, maxLength: 8 }),
      async (steps, answers) => {
        const http = scriptedHttp((request, position) => {
          if (request.url === oauth.token_url) return { body: { access_token: accessToken, expires_in: 3600 } };
          const next = answers[position % answers.length] ?? 'good';
          return next === 'good' ? openai(request, position) : next;
        });
        const whole = createWholeService(http);
        const seen: string[] = [];
        for (const one of steps) {
          if (one.kind.startsWith('stores')) {
            const failure = one.kind === 'stores fail' ? new Error('down') : undefined;
            whole.endpoints.failure = failure;
            whole.secrets.failure = failure;
            continue;
          }
          const { status, headers, text } = await whole.request(requestOf(one));
          seen.push(JSON.stringify([status, headers, text]));
        }
        whole.endpoints.failure = undefined;
        const told = [...seen, ...whole.lines, JSON.stringify(await whole.endpoints.list())].join('\n');
        expect(told).not.toContain('sk-');
        used += http.sent.filter(({ headers }) => headers.authorization?.includes('sk-')).length;
      },
    ),
    { numRuns: 300 },
  );
  // They did reach the service.
  expect(used).toBeGreaterThan(100);
});
