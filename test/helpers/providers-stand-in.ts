import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import { startOpenAi } from './openai-stand-in.ts';

const tests = join(import.meta.dirname, '..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(tests, path), 'utf8'));

const settings = z.record(z.string(), z.json());
const row = z.strictObject({
  /** The clients' method that puts an endpoint of the service, as the Python client names it. */
  method: z.string(),
  /** What that method calls the inference id. */
  id: z.string(),
  service: z.string(),
  /** The name that is shown, where it is another one. */
  stored_as: z.string().optional(),
  task_type: z.string(),
  /** Where its calls go; absent for built-in models. */
  host: z.string().optional(),
  service_settings: settings,
  task_settings: settings.optional(),
});

/** An endpoint of each service that clients have a method for. */
export const putServices = z.array(row).parse(readJson('clients/put-services.json'));

const validationFile = z.record(z.string(), z.object({ body: z.json() }).partial());

/** What each host answers: the answer to the validation call, of the exchanges of its service. */
const answersByHost = () =>
  new Map(
    putServices.flatMap(({ service, task_type, host }) => {
      const file = join('services', service, 'validation.json');
      if (host === undefined || !existsSync(join(tests, file))) return [];
      return [[host, JSON.stringify(validationFile.parse(readJson(file))[task_type]?.body)] as const];
    }),
  );

/** Services on the loopback interface: OpenAI's stand-in, and for the others what their exchanges answer to the validation call. */
export const startProviders = async () => {
  const openAi = await startOpenAi();
  const answers = answersByHost();
  const server = createServer((request, response) => {
    const host = request.url?.split('/')[1] ?? '';
    const answer = answers.get(host);
    request.resume();
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer ?? '{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const toOpenAi = z.record(z.string(), z.string()).parse(JSON.parse(openAi.egress))['*'];
  return {
    /** For `INLET_EGRESS`. */
    egress: JSON.stringify({ 'https://api.openai.com': toOpenAi, '*': `http://127.0.0.1:${port}/{host}` }),
    close: async (): Promise<void> => {
      await openAi.close();
      server.close();
      server.closeAllConnections();
    },
  };
};

export type Providers = Awaited<ReturnType<typeof startProviders>>;
