import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findService, serviceNames } from '../../lib/services/index.ts';
import { type Exchange, readExchanges, validationOf } from '../helpers/play.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { withKeyFile } from '../helpers/service-account.ts';
import { createWholeService } from '../helpers/whole-service.ts';

// What a chat asks for goes out, or is refused by its name, or the compatibility page says that it is passed over.

const say = { role: 'user', content: 'tide?' };
const tool = (more: object = {}) => ({ type: 'function', function: { name: 'f', parameters: {}, ...more } });
const image = (more: object = {}) => [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', ...more } }];

/** Each parameter by its name, with a request that has it and one that lacks nothing else. */
const parameters: Readonly<Record<string, readonly [given: object, without: object]>> = {
  model: [{ model: 'another-model' }, {}],
  max_completion_tokens: [{ max_completion_tokens: 7 }, {}],
  stop: [{ stop: ['x'], temperature: 0.5 }, { temperature: 0.5 }],
  'stop alone': [{ stop: ['x'] }, {}],
  temperature: [{ temperature: 0.5 }, {}],
  top_p: [{ top_p: 0.5 }, {}],
  tools: [{ tools: [tool()] }, {}],
  strict: [{ tools: [tool({ strict: true })] }, { tools: [tool()] }],
  tool_choice: [{ tools: [tool()], tool_choice: { type: 'function', function: { name: 'f' } } }, { tools: [tool()] }],
  reasoning: [{ reasoning: { effort: 'low' } }, {}],
  summary: [{ reasoning: { effort: 'low', summary: 'auto' } }, { reasoning: { effort: 'low' } }],
  enabled: [{ reasoning: { effort: 'low', enabled: true } }, { reasoning: { effort: 'low' } }],
  cache_control: [{ cache_control: { type: 'ephemeral' } }, {}],
  session_id: [{ session_id: 's' }, {}],
  detail: [
    { messages: [{ role: 'user', content: image({ detail: 'low' }) }] },
    { messages: [{ role: 'user', content: image() }] },
  ],
};

/** The names under which the page knows settings that make a service another one. */
const variantOf = ({ service, service_settings: { provider, api } }: Exchange): string => {
  const name = String(service === 'amazonbedrock' ? '' : (provider ?? api ?? ''))
    .trim()
    .toLowerCase();
  return name === '' || name === 'google' ? `\`${service}\`` : `\`${service}\`, \`${name}\``;
};

/** One chat endpoint of each kind. */
const chats = new Map(
  readExchanges()
    .filter(({ task, error }) => task === 'chat_completion' && error?.status !== 405)
    .map((exchange) => [variantOf(exchange), exchange]),
);

/** What goes out for a request: address and body; or the text of its refusal. */
const asking = async (exchange: Exchange) => {
  const { service, task_settings } = exchange;
  const token = { body: { access_token: 't', expires_in: 3600 } };
  const validation = validationOf(exchange);
  const http = scriptedHttp(({ url }) => (url.includes('token') ? token : validation));
  const { request } = createWholeService(http);
  const path = '/_inference/chat_completion/asked';
  const service_settings = withKeyFile(exchange.service_settings);
  expect((await request({ method: 'PUT', path, body: { service, service_settings, task_settings } })).status).toBe(200);
  return async (body: object) => {
    const before = http.sent.length;
    const { text } = await request({ method: 'POST', path: `${path}/_stream`, body: { messages: [say], ...body } });
    const [sent] = http.sent.slice(before);
    return sent ? { sent: `${sent.url}\n${sent.body}` } : { refusal: text };
  };
};

/** The names of the page for what a kind of endpoint passes over. */
const page = new Map(
  readFileSync(join(import.meta.dirname, '../../docs/compatibility-notes.md'), 'utf8')
    .split('\n## Parameters that are passed over\n')[1]
    ?.split(/^##/m, 1)[0]
    ?.split('\n')
    .flatMap((line): [string, readonly string[]][] => {
      const [, where = '', what = ''] = line.split('|').map((cell) => cell.trim());
      return where.startsWith('`') ? [[where, [...what.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)]] : [];
    }) ?? [],
);

describe.each([...chats])('a chat of %s', (variant, exchange) => {
  it('sends what it is asked for, or refuses it, or passes it over as the page says', async () => {
    const ask = await asking(exchange);
    const passedOver: string[] = [];
    for (const [name, [given, without]] of Object.entries(parameters)) {
      const answer = await ask(given);
      const plain = await ask(without);
      // What needs another parameter that is refused cannot be told apart: that one is.
      if (plain.refusal !== undefined) continue;
      if (answer.refusal === undefined) {
        if (answer.sent === plain.sent && !passedOver.some((other) => name.startsWith(`${other} `)))
          passedOver.push(name);
      } else {
        expect(answer.refusal).toContain(`[${name}]`);
      }
    }
    expect(passedOver.sort()).toEqual([...(page.get(variant) ?? [])].sort());
  });
});

it('the page names endpoints that there are', () => {
  expect([...page.keys()].filter((where) => !chats.has(where))).toEqual([]);
});

it.each(serviceNames)('%s is asked where it chats', async (name) => {
  const service = await findService(name);
  const hasChat = service?.bind(({ tasks }) => tasks.chat_completion !== undefined);
  expect([...chats.values()].some((exchange) => exchange.service === name)).toBe(hasChat);
});
