import { Duration } from 'aws-cdk-lib';
import { PredefinedMetric, ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import { CfnInferenceComponent } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import {
  type Accelerator,
  catalogue,
  catalogueEnvironment,
  mostCopies,
  scalingPolicy,
  startupSeconds,
} from '../lib/ml-node/catalogue.ts';
import { componentName, deploymentVariable, variantName } from '../lib/ml-node/names.ts';
import type { NodeEndpoint } from './node-endpoint.ts';

type FirstComponentProps = {
  readonly node: NodeEndpoint;
  readonly image: string;
  readonly accelerator: Accelerator;
  readonly maxInstances: number;
};

/** The deployment of a default endpoint, which has the endpoint's id. */
const deployment = '.multilingual-e5-small-elasticsearch';
const model = catalogue['.multilingual-e5-small'];

/**
 * The one component that is deployed with the node, and then falls to zero copies: an endpoint without any keeps its instance, and a
 * deployment that ends well has shown quota, image and weights.
 */
export class FirstComponent extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { node, image, accelerator, maxInstances }: FirstComponentProps) {
    super(scope, id);
    if (!model) throw new Error('The catalogue has lost multilingual E5');
    const { accelerators, cpuCores, memoryMb } = model.needs[accelerator];
    this.name = componentName(node.name, deployment);
    const component = new CfnInferenceComponent(this, 'Component', {
      inferenceComponentName: this.name,
      endpointName: node.endpoint.attrEndpointName,
      variantName,
      specification: {
        container: { image, environment: { ...catalogueEnvironment(model), [deploymentVariable]: deployment } },
        computeResourceRequirements: {
          minMemoryRequiredInMb: memoryMb,
          ...(accelerators !== undefined && { numberOfAcceleratorDevicesRequired: accelerators }),
          ...(cpuCores !== undefined && { numberOfCpuCoresRequired: cpuCores }),
        },
        startupParameters: {
          modelDataDownloadTimeoutInSeconds: startupSeconds,
          containerStartupHealthCheckTimeoutInSeconds: startupSeconds,
        },
      },
      // SageMaker makes none with zero copies; scaling takes it there.
      runtimeConfig: { copyCount: 1 },
    });
    const target = new ScalableTarget(this, 'Copies', {
      serviceNamespace: ServiceNamespace.SAGEMAKER,
      resourceId: `inference-component/${this.name}`,
      scalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
      minCapacity: 0,
      maxCapacity: mostCopies(accelerator, maxInstances),
    });
    target.node.addDependency(component);
    target.scaleToTrackMetric('Invocations', {
      policyName: scalingPolicy.name,
      predefinedMetric: PredefinedMetric.SAGEMAKER_INFERENCE_COMPONENT_INVOCATIONS_PER_COPY,
      targetValue: scalingPolicy.invocationsPerCopy,
      scaleOutCooldown: Duration.seconds(scalingPolicy.afterScaleOut),
    });
  }
}
