import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type EndpointRow, endpointRow } from '../inference/ports.ts';

type Item = Record<string, AttributeValue>;

/**
 * Kept as JSON text and not as DynamoDB's maps, which forget the order of keys, round numbers to 38 digits, and refuse text with
 * a lone surrogate; no condition or filter ever looks inside.
 */
const jsonFields: ReadonlySet<string> = new Set(['service_settings', 'task_settings', 'chunking_settings']);

const toAttribute = (value: EndpointRow[keyof EndpointRow]): AttributeValue => {
  switch (typeof value) {
    case 'number':
      return { N: String(value) };
    case 'string':
      return { S: value };
    default:
      return { S: JSON.stringify(value) };
  }
};

const fromAttribute = (name: string, { N: number, S: text }: AttributeValue): unknown => {
  if (number !== undefined) return Number(number);
  return text !== undefined && jsonFields.has(name) ? JSON.parse(text) : text;
};

/** One attribute for each field of the row, under the field's name. */
export const toItem = (row: EndpointRow): Item =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, toAttribute(value)]),
  );

/** What DynamoDB takes for one item, in bytes. */
export const maxItemBytes = 400 * 1024;

/** An item's size in bytes as DynamoDB counts it, names included; for numbers the most that they can take. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, { S: text }]) => sum + Buffer.byteLength(name) + (text === undefined ? 21 : Buffer.byteLength(text)),
    0,
  );

/**
 * @throws Error naming the inference id when the item is no row of a known version: another release wrote it, or a person did
 */
export const fromItem = (item: Item): EndpointRow => {
  try {
    const entries = Object.entries(item).map(([name, value]) => [name, fromAttribute(name, value)]);
    return endpointRow.parse(Object.fromEntries(entries));
  } catch (cause) {
    const id = item.inference_id?.S;
    throw new Error(`Inference endpoint [${id}] is stored in a shape that this release does not know`, { cause });
  }
};
