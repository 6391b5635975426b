/*
 * The least that a gateway can do: a request's bytes go to the provider, its answer's bytes come back, neither is read. What the local
 * server is measured by. `node passthrough.ts <origin of the provider>` prints where it listens.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Agent } from 'undici';

const [, , origin = ''] = process.argv;
const agent = new Agent();

const server = createServer((request, response) => {
  const { 'content-type': contentType = '', authorization = '' } = request.headers;
  agent
    .stream(
      {
        ...{ origin, path: request.url ?? '/', method: 'POST', body: request },
        headers: { 'content-type': contentType, authorization, 'content-length': request.headers['content-length'] },
      },
      ({ statusCode, headers }) => {
        response.statusCode = statusCode;
        for (const name of ['content-type', 'content-length']) {
          const value = headers[name];
          if (value !== undefined) response.setHeader(name, value);
        }
        return response;
      },
    )
    .catch(() => response.destroy());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);
