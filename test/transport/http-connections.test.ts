import { describe, expect, it } from 'vitest';
import { createEgress } from '../../lib/transport/egress.ts';
import { createHttp } from '../../lib/transport/http.ts';
import { startFakeService } from '../helpers/fake-service.ts';

describe('connections', () => {
  it('are counted as they are: none, kept, in use', async () => {
    await using service = await startFakeService(({ path }) =>
      path.endsWith('/silent') ? { type: 'hang' } : { type: 'answer', body: '{}' },
    );
    const http = createHttp({ egress: createEgress({ '*': `${service.origin}/{host}` }) });
    const call = (path: string, signal: AbortSignal) =>
      http.whole({ url: `https://api.example/${path}`, headers: {}, body: '{}' }, { signal });

    const left = new AbortController();
    expect(http.connections()).toEqual({ leased: 0, pending: 0, available: 0 });
    await call('answers', left.signal);
    await expect.poll(http.connections).toEqual({ leased: 0, pending: 0, available: 1 });

    const silent = ['silent', 'silent', 'silent'].map((path) => call(path, left.signal));
    expect(http.connections()).toMatchObject({ pending: 3 });
    await service.received(4);
    await expect.poll(http.connections).toMatchObject({ leased: 3, pending: 0 });

    left.abort();
    await Promise.allSettled(silent);
    // Connections whose answers nobody waits for are closed.
    await expect.poll(http.connections).toMatchObject({ leased: 0, pending: 0 });
    await http.close();
  });
});
