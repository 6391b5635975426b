import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  CfnRestApi,
  EndpointAccessMode,
  EndpointType,
  LambdaIntegration,
  ResponseTransferMode,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { routes as allRoutes, type FunctionName, type Route } from '../lib/http/routes.ts';
import { accessLogs } from './access-logs.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { privateAccess } from './private-access.ts';
import type { Switches } from './switches.ts';
import { checkRoutes, tree } from './tree.ts';

/**
 * At least TLS 1.2 with forward secrecy. `BASIC`, since `STRICT` also compares the name that a connection asks for with the API's own:
 * nothing here depends on that, and interface endpoints have names of their own.
 */
export const encryptedAtLeast = {
  securityPolicy: SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
  endpointAccessMode: EndpointAccessMode.BASIC,
} as const;

type InletApiProps = {
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  readonly switches: Pick<
    Switches,
    'streaming' | 'privateEndpoints' | 'accessLogs' | 'throttleRate' | 'throttleBurst' | 'logRetentionDays' | 'waf'
  >;
  readonly key?: Parameters<typeof accessLogs>[1]['key'];
  /** @default the routes table */
  readonly routes?: readonly Pick<Route, 'method' | 'path' | 'function'>[];
};

/** How a function answers: in pieces for 15 minutes and without a limit to its size, or whole within API Gateway's usual 29 seconds. */
const transfer = (streaming: boolean) =>
  streaming
    ? { responseTransferMode: ResponseTransferMode.STREAM, timeout: Duration.minutes(15) }
    : { timeout: Duration.seconds(29) };

/**
 * The REST API in front of the functions. Every method streams: an answer may take 15 minutes and has no size limit, so that all
 * functions have one kind of handler.
 */
export class InletApi extends Construct {
  readonly restApi: RestApi;

  /** @throws Error when a route would reach another function than the one it names */
  constructor(scope: Construct, id: string, { functions, switches, key, routes = allRoutes }: InletApiProps) {
    super(scope, id);
    checkRoutes(routes);
    this.restApi = new RestApi(this, 'RestApi', {
      restApiName: Stack.of(this).stackName,
      ...(switches.privateEndpoints
        ? privateAccess(this, switches.privateEndpoints)
        : { endpointTypes: [EndpointType.REGIONAL] }),
      // Its role is one setting of the whole account, which stacks overwrite for each other; it serves access logs alone.
      cloudWatchRole: false,
      deployOptions: {
        stageName: 'v1',
        tracingEnabled: true,
        // Of all callers together: a brake on cost, not a rate limit of services.
        throttlingRateLimit: switches.throttleRate,
        throttlingBurstLimit: switches.throttleBurst,
        ...(switches.accessLogs && accessLogs(this, { retention: switches.logRetentionDays, key })),
      },
    });
    const resource = this.restApi.node.defaultChild;
    if (!(resource instanceof CfnRestApi)) throw new Error('A REST API is a CfnRestApi');
    resource.securityPolicy = encryptedAtLeast.securityPolicy;
    resource.endpointAccessMode = encryptedAtLeast.endpointAccessMode;
    // The stack names the address itself.
    this.restApi.node.tryRemoveChild('Endpoint');
    addGatewayResponses(this.restApi);
    this.#addMethods(functions, transfer(switches.streaming));
    this.#acknowledge(switches);
  }

  #addMethods(functions: Readonly<Record<FunctionName, IFunction>>, how: ReturnType<typeof transfer>): void {
    for (const { path, methods } of tree) {
      const resource = this.restApi.root.resourceForPath(path);
      for (const [method, name] of Object.entries(methods)) {
        // One permission per function: the tree says which methods lead to it.
        resource.addMethod(method, new LambdaIntegration(functions[name], { ...how, scopePermissionToMethod: false }));
      }
    }
  }

  #acknowledge({ accessLogs: areLogged, waf }: InletApiProps['switches']): void {
    const ownKeys = 'The functions check API keys themselves, as Elasticsearch does; /_health is open by contract';
    const ownLogs = 'need the account-wide role; each function logs its requests';
    Validations.of(this.restApi).acknowledge(
      ...(areLogged ? [] : [{ id: 'AwsSolutions-APIG1', reason: `Access logs ${ownLogs}` }]),
      { id: 'AwsSolutions-APIG6', reason: `Execution logs ${ownLogs}` },
      { id: 'AwsSolutions-APIG2', reason: "The functions check bodies, to answer with Elasticsearch's errors" },
      ...(waf === false
        ? [{ id: 'AwsSolutions-APIG3', reason: 'A web ACL costs money while idle: the switch `waf` makes one' }]
        : []),
      { id: 'AwsSolutions-APIG4', reason: ownKeys },
      { id: 'AwsSolutions-COG4', reason: ownKeys },
    );
  }
}
