import { App, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { InletApi } from '../../infra/api.ts';
import { readSwitches } from '../../infra/switches.ts';
import { functionNames, routes } from '../../lib/http/routes.ts';
import { synthesise } from './synthesise.ts';

const { stack, ofType } = synthesise();
const functionUri = (name: (typeof functionNames)[number]) => [
  'arn:',
  { Ref: 'AWS::Partition' },
  ':apigateway:',
  { Ref: 'AWS::Region' },
  ':lambda:path/2021-11-15/functions/',
  stack.resolve(stack.functions.byName[name].lambda.functionArn),
  '/response-streaming-invocations',
];

const reference = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('RootResourceId')]) }).transform(() => 'root'),
]);
const resource = z.object({ ParentId: reference, PathPart: z.string() });
const method = z.object({
  ResourceId: reference,
  HttpMethod: z.string(),
  AuthorizationType: z.string(),
  Integration: z.object({
    Type: z.string(),
    IntegrationHttpMethod: z.string(),
    ResponseTransferMode: z.string(),
    TimeoutInMillis: z.number(),
    Uri: z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.json())]) }).transform((uri) => uri['Fn::Join'][1]),
  }),
});

const resources = ofType('AWS::ApiGateway::Resource').map(({ id, properties }) => ({
  id,
  ...resource.parse(properties),
}));
const methods = ofType('AWS::ApiGateway::Method').map(({ properties }) => method.parse(properties));

const childOf = (parent: string, part: string) =>
  resources.find((each) => each.ParentId === parent && each.PathPart === part)?.id;

/** API Gateway's choice: a literal part before the variable one that takes the rest. */
const choose = ([part, ...rest]: readonly string[], parent = 'root'): string | undefined => {
  if (part === undefined) return parent;
  const literal = childOf(parent, part);
  return (literal && choose(rest, literal)) ?? childOf(parent, '{proxy+}');
};

const integrationOf = (httpMethod: string, path: string) => {
  const chosen = choose(path.split('/').filter((part) => part !== ''));
  const there = methods.filter((each) => each.ResourceId === chosen);
  const [taken] = [httpMethod, 'ANY'].flatMap((name) => there.filter((each) => each.HttpMethod === name));
  return taken?.Integration.Uri;
};

describe('the REST API', () => {
  it.each(routes)('hands $method $path to $function', (route) => {
    expect(integrationOf(route.method, route.path)).toEqual(functionUri(route.function));
  });

  it.each([
    ['GET', '/nothing'],
    ['POST', '/_search'],
    ['PATCH', '/_inference'],
    ['POST', '/_inference'],
    ['OPTIONS', '/'],
    ['PATCH', '/_inference/a/b/c/d'],
    ['DELETE', '/_security'],
  ])('hands %s %s, which is no route, to read', (httpMethod, path) => {
    expect(integrationOf(httpMethod, path)).toEqual(functionUri('read'));
  });

  it('has ANY on each resource, since API Gateway answers 403 itself where no method fits', () => {
    const withAny = methods.filter(({ HttpMethod }) => HttpMethod === 'ANY').map(({ ResourceId }) => ResourceId);
    expect(withAny.toSorted()).toEqual(['root', ...resources.map(({ id }) => id)].toSorted());
  });

  it('streams from every method for up to 15 minutes', () => {
    expect(methods).toHaveLength(9);
    for (const { Integration, AuthorizationType } of methods) {
      expect(Integration).toMatchObject({
        Type: 'AWS_PROXY',
        IntegrationHttpMethod: 'POST',
        ResponseTransferMode: 'STREAM',
        TimeoutInMillis: 900_000,
      });
      expect(AuthorizationType).toBe('NONE');
    }
  });

  it('may call each function by one permission', () => {
    const permissions = ofType('AWS::Lambda::Permission').map(({ properties }) => properties);
    expect(permissions.map(({ FunctionName, Action, Principal }) => ({ FunctionName, Action, Principal }))).toEqual(
      expect.arrayContaining(
        functionNames.map((name) => ({
          FunctionName: stack.resolve(stack.functions.byName[name].lambda.functionArn),
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
        })),
      ),
    );
    expect(permissions).toHaveLength(functionNames.length);
  });

  it('is regional, takes TLS 1.2 at least, is traced and slowed down above 1,000 requests per second', () => {
    expect(ofType('AWS::ApiGateway::RestApi').map(({ properties }) => properties)).toEqual([
      {
        Name: 'Inlet',
        EndpointConfiguration: { Types: ['REGIONAL'] },
        SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
        EndpointAccessMode: 'BASIC',
      },
    ]);
    expect(ofType('AWS::ApiGateway::Stage').map(({ properties }) => properties)).toMatchObject([
      {
        StageName: 'v1',
        TracingEnabled: true,
        MethodSettings: [
          { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
        ],
      },
    ]);
  });

  it('cannot be synthesised with a route of a function that its path and method do not lead to', () => {
    const scope = new Stack(new App(), 'Broken');
    const lambda = new LambdaFunction(scope, 'Function', {
      code: Code.fromInline('export const handler = () => {};'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
    });
    const functions = { read: lambda, infer: lambda, manage: lambda, security: lambda };
    const wrong = { method: 'POST', path: '/_search', function: 'infer' } as const;
    expect(
      () => new InletApi(scope, 'Api', { functions, switches: readSwitches({}), routes: [...routes, wrong] }),
    ).toThrow('POST /_search is a route of infer, but API Gateway calls read');
  });
});

describe('errors of API Gateway itself', () => {
  const responses = ofType('AWS::ApiGateway::GatewayResponse').map(({ properties }) => properties);
  const template = z.object({ 'application/json': z.string() });
  const filledIn = (type: string): unknown => {
    const { 'application/json': text } = template.parse(
      responses.find((each) => each.ResponseType === type)?.ResponseTemplates,
    );
    return JSON.parse(text.replaceAll('$context.error.messageString', '"Too Many Requests"'));
  };
  const error = (errorType: string, reason: string) => ({
    root_cause: [{ type: errorType, reason }],
    type: errorType,
    reason,
  });

  it.each([
    [
      'INTEGRATION_FAILURE',
      { error: error('status_exception', 'The request could not be handed on; nothing of it has run'), status: 503 },
    ],
    ['DEFAULT_5XX', { error: error('exception', 'The request failed on its way'), status: 500 }],
    ['THROTTLED', { error: error('es_rejected_execution_exception', 'Too Many Requests'), status: 429 }],
    ['REQUEST_TOO_LARGE', { error: error('content_too_long_exception', 'Too Many Requests'), status: 413 }],
    ['UNSUPPORTED_MEDIA_TYPE', { error: error('media_type_header_exception', 'Too Many Requests'), status: 415 }],
    [
      'WAF_FILTERED',
      { error: error('security_exception', 'The web ACL of this service has refused the request'), status: 403 },
    ],
    ['ACCESS_DENIED', { error: error('security_exception', 'Too Many Requests'), status: 403 }],
    ['DEFAULT_4XX', { error: error('status_exception', 'Too Many Requests') }],
  ])("%s has Elasticsearch's envelope", (type, body) => {
    expect(filledIn(type)).toEqual(body);
  });

  it('keep their status but for 5xx, whose status says whether a client may try again', () => {
    expect(responses.map(({ ResponseType, StatusCode }) => [ResponseType, StatusCode])).toEqual([
      ['INTEGRATION_FAILURE', '503'],
      ['DEFAULT_5XX', '500'],
      ['THROTTLED', '429'],
      ['REQUEST_TOO_LARGE', '413'],
      ['UNSUPPORTED_MEDIA_TYPE', '415'],
      ['WAF_FILTERED', '403'],
      ['ACCESS_DENIED', '403'],
      ['DEFAULT_4XX', undefined],
    ]);
  });

  it('carry the header without which official clients refuse them', () => {
    for (const { ResponseParameters } of responses) {
      expect(ResponseParameters).toEqual({ 'gatewayresponse.header.x-elastic-product': "'Elasticsearch'" });
    }
  });
});
