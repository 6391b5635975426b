import type { RateLimiter } from '../../lib/inference/ports.ts';
import { chatRefused, refused } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { watchedLimiter } from '../helpers/watched-limiter.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices } from './ml-node.ts';
import { putEndpoint } from './openai.ts';

// Endpoints whose calls a limiter of the test lets pass.

export const own = ['completion', 'chat_completion', 'text_embedding', 'embedding'] as const;

export const open = (limiter: RateLimiter, script = allServices) => {
  const http = scriptedHttp(script);
  const whole = createWholeService(http, { limiter });
  const post = (id: string, body: unknown, query: Readonly<Record<string, string>> = {}) =>
    whole.request({ method: 'POST', path: `/_inference/${id}`, body, query });
  return { http, whole, post };
};

/** Endpoints of all task types; what `say` says counts once they are there. */
export const withEndpoints = async (
  say: Parameters<typeof watchedLimiter>[0] = () => 'passed',
  script = allServices,
) => {
  let ready = false;
  const limiter = watchedLimiter((signal) => (ready ? say(signal) : 'passed'));
  const all = open(limiter, script);
  for (const taskType of own) await putEndpoint(all.whole, taskType, taskType);
  ready = true;
  const before = { slots: limiter.asked.length, sent: all.http.sent.length };
  return {
    ...all,
    slots: () => limiter.asked.slice(before.slots),
    sent: () => all.http.sent.slice(before.sent),
  };
};

export const timedOut = (text: string, id: string) =>
  refused(429, 'timeout_exception', `Request timed out after [${text}] for inference id [${id}]`);
export const chatTimedOut = chatRefused(
  429,
  'too_many_requests',
  'Request timed out after [2m] for inference id [chat_completion]',
  'timeout_exception',
);
