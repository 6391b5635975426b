import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const priceList = z.strictObject({
  /** List prices of this region, without free tier and discounts. */
  region: z.string(),
  prices: z.array(
    z.strictObject({
      name: z.string(),
      /** US dollars. */
      usd: z.number().positive(),
      per: z.string(),
      source: z.url(),
      /** When the price was written down. */
      date: z.iso.date(),
    }),
  ),
});

/** The table of prices, `infra/prices.json`. */
export type Prices = {
  readonly region: string;
  /** The oldest date in it. */
  readonly date: string;
  /** @throws Error for a thing without a price */
  readonly of: (name: string) => number;
};

/** @throws ZodError when the table is damaged */
export const readPrices = (): Prices => {
  const { region, prices } = priceList.parse(
    JSON.parse(readFileSync(join(import.meta.dirname, 'prices.json'), 'utf8')),
  );
  const byName = new Map(prices.map(({ name, usd }) => [name, usd]));
  return {
    region,
    date: prices.map(({ date }) => date).sort()[0] ?? '',
    of: (name) => {
      const usd = byName.get(name);
      if (usd === undefined)
        throw new Error(`infra/prices.json has no price of ${name}: write one down, with its source`);
      return usd;
    },
  };
};
