import {
  CreateInferenceComponentCommand,
  type CreateInferenceComponentCommandInput,
  DeleteInferenceComponentCommand,
  DescribeEndpointCommand,
  DescribeInferenceComponentCommand,
  paginateListInferenceComponents,
  type SageMakerClient,
  type SageMakerServiceException,
  UpdateInferenceComponentRuntimeConfigCommand,
} from '@aws-sdk/client-sagemaker';
import { cannotStart, noCapacity } from '../api/deployment-errors.ts';
import { type Component, component, isMissing, isSettled } from './component.ts';
import { componentName, deploymentVariable, variantName } from './names.ts';

type Specification = NonNullable<CreateInferenceComponentCommandInput['Specification']>;

/**
 * The inference components of one endpoint, each by the id of its deployment. A change that SageMaker refuses for the moment is left to
 * a later call.
 */
export type Components = {
  readonly nameOf: (id: string) => string;
  readonly hasEndpoint: () => Promise<boolean>;
  readonly find: (id: string) => Promise<Component | undefined>;
  /** The names of all. */
  readonly names: () => Promise<readonly string[]>;
  /** The deployment that a component says it is; undefined for one that is none of ours. */
  readonly deploymentOf: (name: string) => Promise<string | undefined>;
  /** One that is there already stays as it is. @throws InferenceError when it can never be made */
  readonly create: (id: string, specification: Specification, copies: number) => Promise<void>;
  /** @throws InferenceError when there is no room for so many */
  readonly setCopies: (id: string, copies: number) => Promise<void>;
  readonly delete: (id: string) => Promise<void>;
};

const isServiceException = (error: unknown): error is SageMakerServiceException =>
  error instanceof Error && '$fault' in error;

/** A refusal that says nothing but that: its words are not documented, so the state of things must tell what was meant. */
const isRefusal = (error: unknown): error is SageMakerServiceException =>
  isServiceException(error) && ['ValidationException', 'ConflictException', 'ResourceInUse'].includes(error.name);

const isAbsence = (error: unknown): boolean =>
  isServiceException(error) &&
  (error.name === 'ResourceNotFound' || (error.name === 'ValidationException' && isMissing(error.message)));

const isLimit = (error: unknown): boolean => isServiceException(error) && error.name === 'ResourceLimitExceeded';

/** @param endpoint - its name */
export const sageMakerComponents = (client: SageMakerClient, endpoint: string): Components => {
  const endpointStatus = async (): Promise<string | undefined> => {
    try {
      const { EndpointStatus: status } = await client.send(new DescribeEndpointCommand({ EndpointName: endpoint }));
      return status;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  };

  const nameOf = (id: string): string => componentName(endpoint, id);

  const findByName = async (name: string): Promise<Component | undefined> => {
    try {
      const found = await client.send(new DescribeInferenceComponentCommand({ InferenceComponentName: name }));
      return component.parse(found);
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  };

  const find = (id: string) => findByName(nameOf(id));

  /** Changes a component, unless it is busy or gone. One that has become ready between refusal and look is asked once more. */
  const change = async (id: string, run: () => Promise<unknown>, mayRepeat = true): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const found = await find(id);
      if (!found || !isSettled(found)) return;
      if (!mayRepeat) throw error;
      await change(id, run, false);
    }
  };

  return {
    nameOf,

    hasEndpoint: async () => (await endpointStatus()) !== undefined,

    find,

    deploymentOf: async (name) => {
      const id = (await findByName(name))?.Specification?.Container?.Environment?.[deploymentVariable];
      return id !== undefined && nameOf(id) === name ? id : undefined;
    },

    names: async () => {
      const names: string[] = [];
      try {
        const pages = paginateListInferenceComponents({ client, pageSize: 100 }, { EndpointNameEquals: endpoint });
        for await (const { InferenceComponents: page = [] } of pages)
          names.push(...page.flatMap(({ InferenceComponentName: name }) => name ?? []));
      } catch (error) {
        if (!isAbsence(error)) throw error;
      }
      return names;
    },

    create: async (id, specification, copies) => {
      try {
        await client.send(
          new CreateInferenceComponentCommand({
            InferenceComponentName: nameOf(id),
            EndpointName: endpoint,
            VariantName: variantName,
            Specification: specification,
            RuntimeConfig: { CopyCount: copies },
          }),
        );
      } catch (error) {
        if (isLimit(error)) throw noCapacity(error);
        if (!isRefusal(error)) throw error;
        if (await find(id)) return;
        // An endpoint that is being made or changed takes none for the moment.
        if ((await endpointStatus()) === 'InService') throw cannotStart(id, error.message);
      }
    },

    setCopies: async (id, copies) => {
      const command = new UpdateInferenceComponentRuntimeConfigCommand({
        InferenceComponentName: nameOf(id),
        DesiredRuntimeConfig: { CopyCount: copies },
      });
      try {
        await change(id, async () => client.send(command));
      } catch (error) {
        if (isLimit(error)) throw noCapacity(error);
        throw isRefusal(error) ? cannotStart(id, error.message) : error;
      }
    },

    delete: async (id) => {
      const command = new DeleteInferenceComponentCommand({ InferenceComponentName: nameOf(id) });
      await change(id, async () => client.send(command));
    },
  };
};
