import * as z from 'zod';
import { AwsError } from '../aws-json.ts';
import type { ListInput } from './component-inputs.ts';
import type { ComponentRecord } from './component-record.ts';

/** What a page ended with: the next one goes on behind it, whatever came or went meanwhile. */
const pageEnd = z.tuple([z.union([z.string(), z.number()]), z.string()]);
type PageEnd = z.output<typeof pageEnd>;

const readToken = (token: string): PageEnd => {
  try {
    return pageEnd.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw new AwsError('ValidationException', 'Invalid NextToken');
  }
};

const writeToken = (end: PageEnd): string => Buffer.from(JSON.stringify(end)).toString('base64url');

const sortKeys = {
  Name: ({ name }: ComponentRecord) => name,
  CreationTime: ({ created }: ComponentRecord) => created,
  Status: ({ status }: ComponentRecord) => status,
};

const compare = ([a, aName]: PageEnd, [b, bName]: PageEnd): number => {
  if (a !== b) return a < b ? -1 : 1;
  if (aName === bName) return 0;
  return aName < bName ? -1 : 1;
};

const isListed = (record: ComponentRecord, input: ListInput): boolean =>
  record.name.toLowerCase().includes(input.NameContains.toLowerCase()) &&
  record.created > input.CreationTimeAfter &&
  record.created < input.CreationTimeBefore &&
  record.since > input.LastModifiedTimeAfter &&
  record.since < input.LastModifiedTimeBefore &&
  (input.StatusEquals === undefined || record.status === input.StatusEquals) &&
  (input.EndpointNameEquals === undefined || record.endpoint === input.EndpointNameEquals) &&
  (input.VariantNameEquals === undefined || record.variant === input.VariantNameEquals);

/**
 * One page of the components that the caller asks for.
 *
 * @throws AwsError `ValidationException` when the token is none of ours
 */
export const listComponents = (records: readonly ComponentRecord[], input: ListInput) => {
  const direction = input.SortOrder === 'Ascending' ? 1 : -1;
  const endOf = (record: ComponentRecord): PageEnd => [sortKeys[input.SortBy](record), record.name];
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  const rest = records
    .filter((record) => isListed(record, input))
    .filter((record) => after === undefined || direction * compare(endOf(record), after) > 0)
    .toSorted((a, b) => direction * compare(endOf(a), endOf(b)));
  const page = rest.slice(0, input.MaxResults);
  const last = page.at(-1);
  return { page, ...(last && rest.length > page.length && { next: writeToken(endOf(last)) }) };
};
