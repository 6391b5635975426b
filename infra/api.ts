import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { EndpointType, LambdaIntegration, ResponseTransferMode, RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { routes as allRoutes, type FunctionName, type Route } from '../lib/http/routes.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { checkRoutes, tree } from './tree.ts';

/** Requests per second and at once, of all callers together: a brake on cost, not a rate limit of services. */
const throttle = { throttlingRateLimit: 1_000, throttlingBurstLimit: 2_000 } as const;

type InletApiProps = {
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  /** @default the routes table */
  readonly routes?: readonly Pick<Route, 'method' | 'path' | 'function'>[];
};

/**
 * The REST API in front of the functions. Every method streams: an answer may take 15 minutes and has no size limit, so that all
 * functions have one kind of handler.
 */
export class InletApi extends Construct {
  readonly restApi: RestApi;

  /** @throws Error when a route would reach another function than the one it names */
  constructor(scope: Construct, id: string, { functions, routes = allRoutes }: InletApiProps) {
    super(scope, id);
    checkRoutes(routes);
    this.restApi = new RestApi(this, 'RestApi', {
      restApiName: Stack.of(this).stackName,
      endpointTypes: [EndpointType.REGIONAL],
      // Its role is one setting of the whole account, which stacks overwrite for each other; it serves access logs alone.
      cloudWatchRole: false,
      deployOptions: { stageName: 'v1', tracingEnabled: true, ...throttle },
    });
    // The stack names the address itself.
    this.restApi.node.tryRemoveChild('Endpoint');
    addGatewayResponses(this.restApi);
    this.#addMethods(functions);
    this.#acknowledge();
  }

  #addMethods(functions: Readonly<Record<FunctionName, IFunction>>): void {
    for (const { path, methods } of tree) {
      const resource = this.restApi.root.resourceForPath(path);
      for (const [method, name] of Object.entries(methods)) {
        const integration = new LambdaIntegration(functions[name], {
          responseTransferMode: ResponseTransferMode.STREAM,
          timeout: Duration.minutes(15),
          // One permission per function: the tree says which methods lead to it.
          scopePermissionToMethod: false,
        });
        resource.addMethod(method, integration);
      }
    }
  }

  #acknowledge(): void {
    const ownKeys = 'The functions check API keys themselves, as Elasticsearch does; /_health is open by contract';
    Validations.of(this.restApi).acknowledge(
      { id: 'AwsSolutions-APIG1', reason: 'Access logs need the account-wide role; each function logs its requests' },
      {
        id: 'AwsSolutions-APIG6',
        reason: 'Execution logs need the account-wide role; each function logs its requests',
      },
      { id: 'AwsSolutions-APIG2', reason: "The functions check bodies, to answer with Elasticsearch's errors" },
      {
        id: 'AwsSolutions-APIG3',
        reason: 'A web ACL costs money while idle; whoever wants one attaches it to the stage',
      },
      { id: 'AwsSolutions-APIG4', reason: ownKeys },
      { id: 'AwsSolutions-COG4', reason: ownKeys },
    );
  }
}
