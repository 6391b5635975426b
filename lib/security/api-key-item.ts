import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type ApiKeyRow, apiKeyRow } from './api-key-row.ts';

type Item = Record<string, AttributeValue>;

const toAttribute = (value: ApiKeyRow[keyof ApiKeyRow]): AttributeValue => {
  switch (typeof value) {
    case 'number':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
    case 'string':
      return { S: value };
    default:
      return { L: (value ?? []).map((text) => ({ S: text })) };
  }
};

const fromAttribute = ({ N: number, BOOL: flag, S: text, L: list }: AttributeValue): unknown =>
  number !== undefined ? Number(number) : (flag ?? text ?? list?.map((element) => element.S));

/** One attribute for each field of the row, under the field's name. */
export const toItem = (row: ApiKeyRow): Item =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, toAttribute(value)]),
  );

/**
 * @throws Error naming the key's id when the item is no row of a known version: another release wrote it, or a person did
 */
export const fromItem = (item: Item): ApiKeyRow => {
  const result = apiKeyRow.safeParse(
    Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromAttribute(value)])),
  );
  if (result.success) return result.data;
  throw new Error(`API key [${item.id?.S}] is stored in a shape that this release does not know`, {
    cause: result.error,
  });
};
