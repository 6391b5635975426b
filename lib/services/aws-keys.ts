import * as z from 'zod';
import type { JsonObject } from '../api/read-settings.ts';
import { missingSetting, text } from '../api/settings.ts';
import type { Auth } from '../transport/types.ts';
import type { Operator } from './service.ts';

// The keys of endpoints that call AWS. The operator may let endpoints leave both out and use the process's own role.

const names = ['access_key', 'secret_key'] as const;

export const awsKeys = z.object({ access_key: text().optional(), secret_key: text().optional() });
export type AwsKeys = z.output<typeof awsKeys>;

export const requiredAwsKeys: readonly string[] = names;

const missing = (given: JsonObject): readonly string[] =>
  names.filter((name) => given[name] === undefined).map((name) => missingSetting('secret_settings', name));

const isLeftOut = (given: JsonObject): boolean => names.every((name) => given[name] === undefined);

export const awsKeyRules = (sent: JsonObject, _settings: JsonObject, { awsRole }: Operator): readonly string[] =>
  awsRole && isLeftOut(sent) ? [] : missing(sent);

/** An update may replace one key of two, and give both to an endpoint that had none. */
export const awsKeyUpdateRules = (sent: JsonObject, stored: AwsKeys): readonly string[] =>
  isLeftOut(sent) ? [] : missing({ ...stored, ...sent });

/** @param service - as it stands in the credential scope: `bedrock`, `sagemaker` */
export const awsAuth = (
  service: string,
  { access_key: accessKeyId, secret_key: secretAccessKey }: AwsKeys,
  region: string,
): Auth => ({
  type: 'sigv4',
  service,
  region,
  credentials: accessKeyId !== undefined && secretAccessKey !== undefined ? { accessKeyId, secretAccessKey } : 'role',
});

/** A region becomes part of a host, so it must not lead anywhere else. */
export const awsRegion = () =>
  text().regex(/^[a-z\d](?:[a-z\d-]*[a-z\d])?$|^$/, {
    error: ({ input, path = [] }) =>
      `[${String(path.at(-2))}] Invalid value [${String(input)}]. [${String(path.at(-1))}] must be the name of a region`,
  });
