import { describe, expect, it, vi } from 'vitest';
import { readExchanges, validationScript } from '../helpers/play.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { withKeyFile } from '../helpers/service-account.ts';
import { createWholeService } from '../helpers/whole-service.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

/** Half a surrogate pair has no bytes; the others mean something in an address or a header. */
const texts = ['\ud800', '\u0000', '..', 'a/b?c#d', 'a\r\nb: c', '%', '{}'];

/** One exchange for each task of each service. */
const exchanges = Object.values(Object.groupBy(readExchanges(), ({ service, task }) => `${service} ${task}`)).flatMap(
  (found = []) => found.slice(0, 1),
);

/** Each of its settings that is a text, and each of those texts in its place. */
const cases = exchanges.flatMap((exchange) =>
  Object.entries(exchange.service_settings).flatMap(([setting, value]) =>
    typeof value === 'string' ? texts.map((text) => ({ exchange, setting, text })) : [],
  ),
);

describe('an odd text in a setting', () => {
  it.each(cases)(
    '$exchange.service $exchange.task: $setting $text is taken or refused',
    async ({ exchange, setting, text }) => {
      const { service, task, service_settings } = exchange;
      const { request } = createWholeService(scriptedHttp(validationScript(exchange)));
      const answer = await request({
        method: 'PUT',
        path: `/_inference/${task}/odd`,
        body: { service, service_settings: { ...withKeyFile(service_settings), [setting]: text } },
      });
      expect(answer.text).not.toContain('Internal error');
    },
  );
});
