import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endpointExists } from '../../lib/api/errors.ts';
import type { EndpointRow, EndpointStore, SecretStore } from '../../lib/inference/ports.ts';
import { tooLargeToStore } from '../../lib/store/endpoints.ts';
import { exampleRow } from './example-row.ts';
import type { Place } from './open-stores.ts';

const twenty = Array.from({ length: 20 }, (_, index) => index);

/** JSON whose keys come in any order, with text and numbers of all kinds; `__proto__` is no setting's name. */
const settings = fc
  .array(fc.tuple(fc.string({ unit: 'binary' }), fc.jsonValue()))
  .map((entries): EndpointRow['service_settings'] => JSON.parse(JSON.stringify(Object.fromEntries(entries))))
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

/** What every place that stores endpoints and their secrets keeps to. */
export const storesKeepTheirContract = (name: string, open: () => Promise<Place>): void => {
  describe(`stores in ${name}`, () => {
    let place: Place;
    let endpoints: EndpointStore;
    let secrets: SecretStore;

    beforeAll(async () => {
      place = await open();
    });
    beforeEach(async () => {
      ({ endpoints, secrets } = await place.fresh());
    });
    afterAll(() => place.close());

    it('knows nothing at first', async () => {
      expect(await endpoints.get('my-embeddings')).toBeUndefined();
      expect(await endpoints.list()).toEqual([]);
    });

    it.each([
      { title: 'with every field', row: exampleRow() },
      {
        title: 'with the fields that every row has',
        row: {
          version: 1,
          inference_id: 'a',
          task_type: 'rerank',
          service: 'cohere',
          service_settings: {},
          task_settings: {},
          revision: '',
          created: 0,
          updated: 0,
        } satisfies EndpointRow,
      },
    ])('gives back a row $title as it was', async ({ row }) => {
      await endpoints.create(row);

      expect(await endpoints.get(row.inference_id)).toEqual(row);
      expect(await endpoints.list()).toEqual([row]);
    });

    it.each(['b'.repeat(2048), 'b'.repeat(2049), 'é'.repeat(1025), '\ud800'])(
      'has nothing under an id as odd as %j',
      async (id) => {
        expect(await endpoints.get(id)).toBeUndefined();
        expect(await endpoints.stored(id)).toBeUndefined();
      },
    );

    it('keeps a row of the longest id', async () => {
      const row = exampleRow({ inference_id: 'b'.repeat(2048) });
      await endpoints.create(row);
      expect(await endpoints.get(row.inference_id)).toEqual(row);
    });

    it('shows a row that is being removed only to those who ask for it', async () => {
      const row = exampleRow();
      await endpoints.create(row);
      const removed = { ...row, deleting: 1_790_000_000_000, revision: 'removed' };
      expect(await endpoints.update(removed, row.revision)).toBe(true);

      expect(await endpoints.get(row.inference_id)).toBeUndefined();
      expect(await endpoints.list()).toEqual([]);
      expect(await endpoints.stored(row.inference_id)).toEqual(removed);
      expect(await endpoints.list({ removed: true })).toEqual([removed]);
      await expect(endpoints.create(row)).rejects.toEqual(endpointExists(row.inference_id));
      expect(await endpoints.delete(row.inference_id, 'removed')).toBe(true);
      expect(await endpoints.stored(row.inference_id)).toBeUndefined();
    });

    it('gives back all settings to the letter, in the order of their keys', async () => {
      let count = 0;
      await fc.assert(
        fc.asyncProperty(settings, settings, async (service_settings, task_settings) => {
          count += 1;
          const row = exampleRow({ inference_id: `row-${count}`, service_settings, task_settings });
          await endpoints.create(row);
          const stored = await endpoints.get(row.inference_id);
          expect(JSON.stringify(stored?.service_settings)).toBe(JSON.stringify(service_settings));
          expect(JSON.stringify(stored?.task_settings)).toBe(JSON.stringify(task_settings));
        }),
      );
    });

    it('refuses to create an id that is taken, and leaves its row', async () => {
      const row = exampleRow();
      await endpoints.create(row);

      await expect(endpoints.create(exampleRow({ service: 'cohere', revision: 'other' }))).rejects.toEqual(
        endpointExists('my-embeddings'),
      );
      expect(await endpoints.get('my-embeddings')).toEqual(row);
    });

    it('lets one of 20 racing creates win', async () => {
      const rows = twenty.map((index) => exampleRow({ revision: `revision-${index}` }));
      const results = await Promise.allSettled(rows.map(endpoints.create));

      const winners = rows.filter((_, index) => results[index]?.status === 'fulfilled');
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(winners).toHaveLength(1);
      expect(reasons).toEqual(Array.from({ length: 19 }, () => endpointExists('my-embeddings')));
      expect(await endpoints.list()).toEqual(winners);
    });

    it('updates the whole row whose revision was read', async () => {
      const { chunking_settings: _, ...changed } = exampleRow({ revision: 'second', task_settings: {} });
      await endpoints.create(exampleRow({ revision: 'first' }));

      expect(await endpoints.update(changed, 'first')).toBe(true);
      expect(await endpoints.get('my-embeddings')).toEqual(changed);
    });

    it.each([
      { title: 'update a row', change: () => endpoints.update(exampleRow({ revision: 'third' }), 'first') },
      { title: 'delete a row', change: () => endpoints.delete('my-embeddings', 'first') },
    ])('does not $title that changed since it was read', async ({ change }) => {
      const row = exampleRow({ revision: 'second' });
      await endpoints.create(row);

      expect(await change()).toBe(false);
      expect(await endpoints.get('my-embeddings')).toEqual(row);
    });

    it.each([
      { title: 'update a row', change: () => endpoints.update(exampleRow(), 'first') },
      { title: 'delete a row', change: () => endpoints.delete('my-embeddings', 'first') },
    ])('does not $title that is not there', async ({ change }) => {
      expect(await change()).toBe(false);
      expect(await endpoints.list()).toEqual([]);
    });

    it('lets one of 20 racing updates win', async () => {
      await endpoints.create(exampleRow({ revision: 'first' }));
      const rows = twenty.map((index) => exampleRow({ revision: `revision-${index}` }));
      const results = await Promise.all(rows.map((row) => endpoints.update(row, 'first')));

      const winners = rows.filter((_, index) => results[index]);
      expect(winners).toHaveLength(1);
      expect(await endpoints.list()).toEqual(winners);
    });

    it('lets one of 20 racing deletes win', async () => {
      await endpoints.create(exampleRow({ revision: 'first' }));
      const results = await Promise.all(twenty.map(() => endpoints.delete('my-embeddings', 'first')));

      expect(results.filter((deleted) => deleted)).toHaveLength(1);
      expect(await endpoints.get('my-embeddings')).toBeUndefined();
    });

    // DynamoDB's 400 KiB, and megabytes, which it may refuse in other ways.
    it.each([410_000, 5_000_000])('takes no row of %d bytes, neither new nor in place of another', async (size) => {
      const row = exampleRow();
      const large = { ...row, revision: 'next', task_settings: { text: 'é'.repeat(size / 2) } };
      expect(() => endpoints.requireFit(large)).toThrow(tooLargeToStore(row.inference_id));
      await expect(endpoints.create(large)).rejects.toEqual(tooLargeToStore(row.inference_id));
      await endpoints.create(row);
      await expect(endpoints.update(large, row.revision)).rejects.toEqual(tooLargeToStore(row.inference_id));
      expect(await endpoints.list()).toEqual([row]);
    });

    it('takes a row that is nearly too large', async () => {
      const row = exampleRow({ task_settings: { text: 'x'.repeat(408_000) } });
      endpoints.requireFit(row);
      await endpoints.create(row);
      expect(await endpoints.get(row.inference_id)).toEqual(row);
    });

    it('takes no secrets above 64 KiB', async () => {
      await expect(secrets.create({ api_key: 'x'.repeat(65_536) })).rejects.toMatchObject({
        status: 400,
        message: 'The secret settings of the inference endpoint may take up to 64 KiB',
      });
    });

    it('lists rows by the bytes of their ids', async () => {
      const inOrder = ['.elser', '10', '9', 'B', '_x', 'a', 'a-1', 'a1', 'b', 'é', '～', '😀'];
      await Promise.all(inOrder.toReversed().map((id) => endpoints.create(exampleRow({ inference_id: id }))));

      expect((await endpoints.list()).map((row) => row.inference_id)).toEqual(inOrder);
    });

    it('lists more than the megabyte that one page of a scan holds', async () => {
      const rows = twenty.map((index) =>
        exampleRow({
          inference_id: `row-${String(index).padStart(2, '0')}`,
          task_settings: { text: 'x'.repeat(150_000) },
        }),
      );
      await Promise.all(rows.map(endpoints.create));

      expect(await endpoints.list()).toEqual(rows);
    });

    it('gives back secrets as they were, each under a reference of its own', async () => {
      const references = new Set<string>();
      let count = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(
            fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
            fc.string({ unit: 'binary' }),
            { noNullPrototype: true },
          ),
          async (values) => {
            count += 1;
            const reference = await secrets.create(values);
            references.add(reference);
            expect(await secrets.get(reference)).toEqual(values);
          },
        ),
      );
      expect(references.size).toBe(count);
    });

    it.each([{ forever: true }, { forever: false }])('forgets a deleted secret, twice deleted too: %o', async (how) => {
      const kept = await secrets.create({ api_key: 'kept' });
      const reference = await secrets.create({ api_key: 'gone' });

      await secrets.delete(reference, how);
      await secrets.delete(reference, how);
      expect(await secrets.get(reference)).toBeUndefined();
      expect(await secrets.get(kept)).toEqual({ api_key: 'kept' });
    });

    it.each([{ forever: true }, { forever: false }])(
      'takes the deletion of a secret that never was: %o',
      async (how) => {
        await expect(secrets.delete('inlet/endpoint/none', how)).resolves.toBeUndefined();
        expect(await secrets.get('inlet/endpoint/none')).toBeUndefined();
      },
    );
  });
};
