import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import type { Respond } from '../../lib/http/serve.ts';
import { createGateway } from '../../local/server.ts';

afterEach(() => vi.useRealTimers());

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

it('waits, when it stops, for the answers under way and not for the connections that they leave idle', async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const respond: Respond = async () => {
    asked.resolve();
    await release.promise;
    return { statusCode: 200, headers: {}, body: 'done' };
  };
  const gateway = createGateway({ read: respond, infer: respond, manage: respond, security: respond }, log);
  const origin = await gateway.listen('127.0.0.1', 0);
  const agent = new Agent({ keepAlive: true });
  const answer: Promise<IncomingMessage[]> = once(request(origin, { agent }).end(), 'response');
  await asked.promise;
  // The grace never ends: only connections that close by themselves let the gateway stop.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const stopped = gateway.stop();
  release.resolve();
  const [response] = await answer;
  expect(String((await response?.toArray())?.[0])).toBe('done');
  await stopped;
  agent.destroy();
});
