import * as z from 'zod';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';

// The forms that values of switches take. On the command line (`-c name=value`) everything is text; cdk.json may hold JSON.

export const onOff = z.enum(['on', 'off']).transform((text) => text === 'on');

/** A whole number, or its digits. */
export const wholeNumber = (least: number, most: number) =>
  z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(least).max(most));

/** Texts with commas between them, or a JSON array. */
export const listOf = (item: RegExp) =>
  z
    .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
    .pipe(z.array(z.string().regex(item)).min(1));

const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(',').map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      return [name, value];
    }),
  );

/** A whole number for some of the functions: `infer=1769,read=512`, or a JSON object. */
export const perFunction = (least: number, most: number) =>
  z
    .union([z.record(z.string(), z.union([z.string(), z.number()])), z.string().transform(pairsOf)])
    .pipe(z.partialRecord(z.enum(functionNames), wholeNumber(least, most)));

/** What a switch gives to some functions. */
export type PerFunction = { readonly [Name in FunctionName]?: number | undefined };

/** An ARN of a service's resource, in any partition. */
export const arnOf = (service: string, resource: string): RegExp =>
  new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:${resource}$`);

export const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** An id of EC2: `sg-0a1b2c3d`, or with 17 digits. */
export const idOf = (kind: string): RegExp => new RegExp(`^${kind}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`);
