import { beforeAll, describe, expect, it } from 'vitest';
import { openService, rowsOf, secretNames, tableName } from './deployment.ts';
import { embeddings } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;

beforeAll(async () => {
  service = await openService();
});

const six = Array.from({ length: 6 }, (_, index) => index);

describe('six PUTs of one id at once', () => {
  it('make one endpoint, and leave nothing of the others', async () => {
    const before = await secretNames();
    const answers = await Promise.all(
      six.map((index) =>
        service.ask('PUT', '/_inference/text_embedding/contested', {
          ...embeddings,
          service_settings: { ...embeddings.service_settings, rate_limit: { requests_per_minute: 4000 + index } },
        }),
      ),
    );

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400, 400]);
    const bodies: unknown[] = await Promise.all(answers.map((answer) => answer.json()));
    const losers = bodies.filter((_, index) => answers[index]?.status === 400);
    for (const loser of losers) expect(loser).toMatchObject({ error: { type: 'resource_already_exists_exception' } });

    const stored = (await rowsOf(await tableName('Endpoints'))).filter(({ inference_id: id }) => id?.S === 'contested');
    expect(stored).toHaveLength(1);
    const made = (await secretNames()).filter((name) => !before.includes(name));
    expect(made).toEqual([stored[0]?.secret?.S]);
    const winner = bodies.find((_, index) => answers[index]?.status === 200);
    const shown = await (await service.ask('GET', '/_inference/contested')).json();
    expect(shown).toEqual({ endpoints: [winner] });
  });

  it('is undone by one DELETE, however many come', async () => {
    const before = await secretNames();
    const answers = await Promise.all(six.map(() => service.ask('DELETE', '/_inference/contested')));

    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses.filter((status) => status !== 200 && status !== 404)).toEqual([]);
    expect((await rowsOf(await tableName('Endpoints'))).map((row) => row.inference_id?.S)).toEqual(['my-embeddings']);
    expect(await secretNames()).toHaveLength(before.length - 1);
  });
});
