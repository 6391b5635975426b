import { describe, expect, it, vi } from 'vitest';
import { validationScript } from '../helpers/play.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { type Configured, configured } from '../http/arbitrary-calls.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

/** The longest list in a JSON value: that of the texts, where there is one. */
const longestList = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 1;
  return Math.max(Array.isArray(value) ? value.length : 1, ...Object.values(value).map(longestList));
};

/** How many texts go out in each of the first requests of a call with so many. */
const sizesOf = async (exchange: Configured, count: number): Promise<readonly number[]> => {
  let stored = false;
  const http = scriptedHttp((sent, position) =>
    stored ? { status: 400, body: {} } : validationScript(exchange)(sent, position),
  );
  const whole = createWholeService(http);
  const path = `/_inference/${exchange.task}/tested`;
  const { status, text } = await whole.request({ method: 'PUT', path, body: exchange.configuration });
  if (status !== 200) throw new Error(`PUT answered ${text}`);
  stored = true;
  const before = http.sent.length;
  await whole.request({ method: 'POST', path, body: { input: Array.from({ length: count }, () => 'a') } });
  return http.sent.slice(before).map(({ body }) => longestList(JSON.parse(body)));
};

const endpointOf = (service: string, task: string, settings: Readonly<Record<string, unknown>>): Configured => {
  const found = configured.find(
    (exchange) =>
      exchange.service === service &&
      exchange.task === task &&
      exchange.request &&
      !exchange.earlier &&
      Object.entries(settings).every(([name, value]) => exchange.service_settings[name] === value),
  );
  if (!found) throw new Error(`no exchange shows ${task} of ${service}`);
  return found;
};

describe('texts to embed', () => {
  it.each([
    ['openai', 'text_embedding', {}, 2048],
    ['openai', 'embedding', {}, 2048],
    ['azureopenai', 'text_embedding', {}, 2048],
    ['azureaistudio', 'text_embedding', {}, 2048],
    ['cohere', 'text_embedding', {}, 96],
    ['amazonbedrock', 'text_embedding', { provider: 'cohere' }, 96],
    ['amazonbedrock', 'text_embedding', { provider: 'amazontitan' }, 1],
    ['mistral', 'text_embedding', {}, 256],
    ['alibabacloud-ai-search', 'text_embedding', {}, 32],
    ['alibabacloud-ai-search', 'sparse_embedding', {}, 32],
    ['hugging_face', 'text_embedding', {}, 32],
    ['hugging_face', 'sparse_embedding', {}, 32],
    ['elasticsearch', 'text_embedding', {}, 32],
    ['elasticsearch', 'sparse_embedding', {}, 32],
  ])('of %s %s (%j) go out %i at a time', async (service, task, settings, limit) => {
    const exchange = endpointOf(service, task, settings);
    expect(await sizesOf(exchange, limit)).toEqual([limit]);
    expect(await sizesOf(exchange, limit + 1)).toEqual([limit, 1]);
  });
});
