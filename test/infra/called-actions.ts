import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { account, arnOf, type Right, region } from './rights.ts';

// What a request to AWS needs the right to, by AWS's Service Authorization Reference.

const named = z.object({
  TableName: z.string().optional(),
  SecretId: z.string().optional(),
  Name: z.string().optional(),
  EndpointName: z.string().optional(),
  InferenceComponentName: z.string().optional(),
});

const prefixes: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  secretsmanager: 'secretsmanager',
  SageMaker: 'sagemaker',
  AnyScaleFrontendService: 'application-autoscaling',
};

const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;

/** A name that begins as the stack's own secrets do is one made at run time; any other is what the template calls it. */
const secretArn = (id: string): string => (id.includes('/') ? arn('secretsmanager', `secret:${id}`) : id);

const resourcesOf = (service: string, body: string): readonly string[] => {
  const { TableName, SecretId, Name, EndpointName, InferenceComponentName } = named.parse(JSON.parse(body));
  switch (service) {
    case 'dynamodb':
      return [arnOf(TableName ?? '')];
    case 'secretsmanager':
      return [secretArn(SecretId ?? Name ?? '')];
    case 'sagemaker': {
      const resources = [
        ...(EndpointName === undefined ? [] : [arn('sagemaker', `endpoint/${EndpointName}`)]),
        ...(InferenceComponentName === undefined
          ? []
          : [arn('sagemaker', `inference-component/${InferenceComponentName}`)]),
      ];
      return resources.length > 0 ? resources : ['*'];
    }
    default:
      return ['*'];
  }
};

const byTarget = (target: string, body: string): readonly Right[] => {
  const [name = '', operation] = target.split('.');
  const service = prefixes[name];
  if (service === undefined) throw new Error(`No right is known for ${target}`);
  return resourcesOf(service, body).map((resource) => ({ action: `${service}:${operation}`, resource }));
};

/**
 * The rights that a request takes.
 *
 * @throws Error for a request that is not known here
 */
export const rightsFor = ({ method, url = '', headers }: IncomingMessage, body: string): readonly Right[] => {
  const { 'x-amz-target': target, 'x-amzn-sagemaker-inference-component': component } = headers;
  if (typeof target === 'string') return byTarget(target, body);
  const [, invoked] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url) ?? [];
  if (invoked !== undefined) return [{ action: 'lambda:InvokeFunction', resource: arnOf(decodeURIComponent(invoked)) }];
  const [, endpoint] = /^\/endpoints\/([^/]+)\/invocations$/.exec(url) ?? [];
  if (endpoint !== undefined)
    // Which of the two SageMaker checks is not documented.
    return [`endpoint/${endpoint}`, `inference-component/${component}`].map((resource) => ({
      action: 'sagemaker:InvokeEndpoint',
      resource: arn('sagemaker', resource),
    }));
  if (method === 'GET') return [{ action: 's3:GetObject', resource: `arn:aws:s3:::${url.slice(1)}` }];
  throw new Error(`No right is known for ${method} ${url}`);
};
