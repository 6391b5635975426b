import { EndpointType, type RestApiProps } from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Any method of any stage of the API that the policy belongs to. */
const calls = { actions: ['execute-api:Invoke'], resources: ['execute-api:/*'], principals: [new AnyPrincipal()] };

/**
 * An API that only these interface endpoints reach. Their own policies stay AWS's default: with another one API Gateway would take
 * callers' `Authorization` headers for signatures, and refuse their keys with 403.
 */
export const privateAccess = (
  scope: Construct,
  ids: readonly string[],
): Pick<RestApiProps, 'endpointConfiguration' | 'policy'> => ({
  endpointConfiguration: {
    types: [EndpointType.PRIVATE],
    vpcEndpoints: ids.map((vpcEndpointId) =>
      InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, vpcEndpointId, { vpcEndpointId, port: 443 }),
    ),
  },
  policy: new PolicyDocument({
    statements: [
      new PolicyStatement(calls),
      new PolicyStatement({
        ...calls,
        effect: Effect.DENY,
        conditions: { StringNotEquals: { 'aws:SourceVpce': ids } },
      }),
    ],
  }),
});
