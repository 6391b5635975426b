import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnEndpoint, CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import type { Accelerator } from '../lib/ml-node/catalogue.ts';
import { mlNodeName, variantName } from '../lib/ml-node/names.ts';

type NodeEndpointProps = {
  readonly prefix: string;
  readonly role: IRole;
  readonly accelerator: Accelerator;
  readonly instanceType: string;
  readonly maxInstances: number;
};

/** The driver for CUDA 12, with which the image's makers have tested it. */
const gpuImage = 'al2-ami-sagemaker-inference-gpu-3-1';

/** Minutes without a copy before an instance leaves. SageMaker's own default is 20: idle instances are what the node costs. */
const idleMinutes = 10;

/** The SageMaker endpoint: instances for inference components alone, none of them while no component has a copy. */
export class NodeEndpoint extends Construct {
  readonly endpoint: CfnEndpoint;
  readonly name: string;

  constructor(scope: Construct, id: string, props: NodeEndpointProps) {
    super(scope, id);
    const { prefix, role, accelerator, instanceType, maxInstances } = props;
    this.name = mlNodeName(prefix);
    const config = new CfnEndpointConfig(this, 'Config', {
      executionRoleArn: role.roleArn,
      productionVariants: [
        {
          variantName,
          instanceType,
          initialInstanceCount: 1,
          managedInstanceScaling: {
            status: 'ENABLED',
            minInstanceCount: 0,
            maxInstanceCount: maxInstances,
            scaleInPolicy: { strategy: 'IDLE_RELEASE', cooldownInMinutes: idleMinutes },
          },
          routingConfig: { routingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
          ...(accelerator === 'gpu' && { inferenceAmiVersion: gpuImage }),
        },
      ],
    });
    // Until the role may do all that it must, an endpoint with it fails.
    config.node.addDependency(role);
    this.endpoint = new CfnEndpoint(this, 'Endpoint', {
      endpointName: this.name,
      endpointConfigName: config.attrEndpointConfigName,
    });
  }
}
