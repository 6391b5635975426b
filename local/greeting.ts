import type { ApiKey } from './api-key.ts';

const createBody =
  '{"service":"elasticsearch","service_settings":{"model_id":".multilingual-e5-small","num_allocations":1,"num_threads":1}}';
const callBody = '{"input":"The quick brown fox"}';

const curl = (method: string, url: string, key: string, body: string): string =>
  `curl -X ${method} '${url}' -H 'Authorization: ApiKey ${key}' -H 'Content-Type: application/json' -d '${body}'`;

/**
 * What the person who started the server sees: a new key, the ready line, and two commands that work as they stand.
 *
 * @param origin - `http://127.0.0.1:9200`
 */
export const greeting = (origin: string, { encoded, made }: ApiKey): string => {
  const endpoint = `${origin}/_inference/text_embedding/my-endpoint`;
  return [
    ...(made ? ['The API key, which may do everything:', encoded] : []),
    `Inlet is ready at ${origin}`,
    '',
    'Create an endpoint, then call it:',
    curl('PUT', endpoint, encoded, createBody),
    curl('POST', endpoint, encoded, callBody),
    '',
  ].join('\n');
};
