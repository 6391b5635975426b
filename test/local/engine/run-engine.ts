import { type LogLevel, logLevels } from '../../../lib/log.ts';
import { type EngineOptions, startEngine } from '../../../local/engine/supervisor.ts';

export const modelDir = new URL('../../../models', import.meta.url).pathname;

type Line = { readonly level: LogLevel; readonly message: string; readonly fields: Readonly<Record<string, unknown>> };

export type Answer = { readonly status: number; readonly body: unknown };

/** The local engine over HTTP, as the service calls it, and what it has logged. */
export const runEngine = async (options: Partial<EngineOptions> = {}) => {
  const lines: Line[] = [];
  const at = (level: LogLevel) => [
    level,
    (message: string, fields: Line['fields'] = {}) => void lines.push({ level, message, fields }),
  ];
  // The compiler cannot see that the entries are those of the levels, one for one.
  const log = Object.fromEntries(logLevels.map(at)) as EngineOptions['log'];
  const engine = await startEngine({ modelDirs: [modelDir], ...options, log });

  const call = async (model: string, route: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${engine.url}/${encodeURIComponent(model)}/${route}`, {
      method: body === undefined ? 'GET' : 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const json = response.headers.get('content-type') === 'application/json';
    return { status: response.status, body: json ? JSON.parse(text) : text };
  };

  return {
    url: engine.url,
    lines,
    call,
    /** A round trip to the engine process: all connections opened before it are its own when this resolves. */
    health: async () => (await fetch(`${engine.url}/health`)).status,
    /** Process ids of the engine, the newest last. */
    processIds: () => lines.flatMap(({ fields }) => (typeof fields.pid === 'number' ? [fields.pid] : [])),
    [Symbol.asyncDispose]: engine.close,
  };
};
