import type * as z from 'zod';
import { AwsError, type Operation, operation } from '../aws-json.ts';
import { inputs } from './component-inputs.ts';
import {
  type ComponentRecord,
  componentArn,
  componentRecord,
  endpointArn,
  endpointConfigName,
  modelArn,
} from './component-record.ts';
import { askFor } from './component-states.ts';
import type { Components } from './components.ts';
import { listComponents } from './list-components.ts';

/** The one endpoint that there is, with its one variant; it has no model of its own. */
export type Endpoint = {
  readonly name: string;
  readonly variant: string;
  /** What `DescribeEndpoint` says of its managed instances. */
  readonly mostInstances: number;
};

// SageMaker's own wording of these, beyond the first words, is not documented: callers must go by the type and the state.
const refusal = (message: string) => new AwsError('ValidationException', message);
const notFound = (kind: string, arn: string) => refusal(`Could not find ${kind} "${arn}".`);

/** AWS counts in seconds. */
const seconds = (milliseconds: number): number => milliseconds / 1000;

const summary = (record: ComponentRecord) => ({
  InferenceComponentName: record.name,
  InferenceComponentArn: componentArn(record.name),
  EndpointName: record.endpoint,
  EndpointArn: endpointArn(record.endpoint),
  VariantName: record.variant,
  InferenceComponentStatus: record.status,
  CreationTime: seconds(record.created),
  LastModifiedTime: seconds(record.since),
});

/** An image is shown as what it was resolved to. */
const shownSpecification = ({ specification, created }: ComponentRecord) => {
  const { Container: container, ...rest } = inputs.create.shape.Specification.parse(specification);
  if (!container) return rest;
  const { Image: image, ...others } = container;
  const resolved = image && { SpecifiedImage: image, ResolvedImage: image, ResolutionTime: seconds(created) };
  return { ...rest, Container: { ...others, ...(resolved && { DeployedImage: resolved }) } };
};

const description = (record: ComponentRecord) => ({
  ...summary(record),
  ...(record.failureReason !== undefined && { FailureReason: record.failureReason }),
  Specification: shownSpecification(record),
  RuntimeConfig: { DesiredCopyCount: record.desired, CurrentCopyCount: record.current },
});

/**
 * The calls to SageMaker's control API that the project makes.
 *
 * @param now - milliseconds since 1970
 */
export const componentOperations = (
  components: Components,
  endpoint: Endpoint,
  now: () => number,
): Readonly<Record<string, Operation>> => {
  const takes = <Schema extends z.ZodType>(schema: Schema, run: (input: z.output<Schema>) => Promise<object>) =>
    operation(schema, 'ValidationException', run);

  const opened = now();

  const present = (name: string): ComponentRecord => {
    const record = components.find(name);
    if (!record) throw notFound('inference component', componentArn(name));
    return record;
  };

  /** What is under way must come to its end first. */
  const settled = (verb: string, name: string): ComponentRecord => {
    const record = present(name);
    if (record.status === 'InService' || record.status === 'Failed') return record;
    throw refusal(`Cannot ${verb} inference component "${componentArn(name)}" in state ${record.status}.`);
  };

  const running = (name: string): ComponentRecord => {
    const record = settled('update', name);
    if (record.status === 'InService') return record;
    throw refusal(`Cannot update inference component "${componentArn(name)}" in state ${record.status}.`);
  };

  const checkEndpoint = (name: string, variant = endpoint.variant): void => {
    if (name !== endpoint.name) throw notFound('endpoint', endpointArn(name));
    if (variant !== endpoint.variant) throw refusal(`Variant ${variant} does not exist in endpoint ${name}.`);
  };

  /** A model is made by a call that is not here, so there is none. */
  const checkModel = ({ ModelName: name }: { ModelName?: string }): void => {
    if (name !== undefined) throw notFound('model', modelArn(name));
  };

  const store = async (record: ComponentRecord): Promise<object> => {
    await components.set(record.name, componentRecord.parse(record));
    return { InferenceComponentArn: componentArn(record.name) };
  };

  return {
    CreateInferenceComponent: takes(inputs.create, async (input) => {
      const { InferenceComponentName: name, Specification: specification } = input;
      checkEndpoint(input.EndpointName, input.VariantName);
      checkModel(specification);
      if (components.find(name))
        throw refusal(`Cannot create already existing inference component "${componentArn(name)}".`);
      const { CopyCount: desired } = input.RuntimeConfig;
      if (desired === 0) throw refusal('CopyCount must be at least 1 when an inference component is created.');
      const time = now();
      return store({
        name,
        endpoint: endpoint.name,
        variant: endpoint.variant,
        specification,
        status: 'Creating',
        desired,
        current: 0,
        since: time,
        created: time,
      });
    }),

    DescribeInferenceComponent: takes(inputs.one, async ({ InferenceComponentName: name }) =>
      description(present(name)),
    ),

    UpdateInferenceComponentRuntimeConfig: takes(inputs.updateRuntimeConfig, async (input) => {
      const record = running(input.InferenceComponentName);
      return store(askFor(record, input.DesiredRuntimeConfig.CopyCount, now()));
    }),

    UpdateInferenceComponent: takes(inputs.update, async (input) => {
      const record = running(input.InferenceComponentName);
      if (input.Specification) checkModel(input.Specification);
      const changed = { ...record, specification: input.Specification ?? record.specification };
      return store(askFor(changed, input.RuntimeConfig?.CopyCount ?? record.desired, now()));
    }),

    DeleteInferenceComponent: takes(inputs.one, async ({ InferenceComponentName: name }) => {
      const record = settled('delete', name);
      await store({ ...record, status: 'Deleting', current: 0, since: now() });
      return {};
    }),

    ListInferenceComponents: takes(inputs.list, async (input) => {
      const { page, next } = listComponents(components.list(), input);
      return { InferenceComponents: page.map(summary), ...(next && { NextToken: next }) };
    }),

    DescribeEndpoint: takes(inputs.endpoint, async ({ EndpointName: name }) => {
      checkEndpoint(name);
      const instances = Math.min(
        components.list().reduce((sum, { current }) => sum + current, 0),
        endpoint.mostInstances,
      );
      const variant = {
        VariantName: endpoint.variant,
        CurrentWeight: 1,
        DesiredWeight: 1,
        CurrentInstanceCount: instances,
        DesiredInstanceCount: instances,
        ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 0, MaxInstanceCount: endpoint.mostInstances },
        RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
      };
      return {
        EndpointName: name,
        EndpointArn: endpointArn(name),
        EndpointConfigName: endpointConfigName(name),
        EndpointStatus: 'InService',
        ProductionVariants: [variant],
        CreationTime: seconds(opened),
        LastModifiedTime: seconds(opened),
      };
    }),
  };
};
