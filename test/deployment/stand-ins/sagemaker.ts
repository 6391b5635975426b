import type { IncomingMessage } from 'node:http';
import { mlNodeName, variantName } from '../../../lib/ml-node/names.ts';
import { inMemory } from '../../../local/stand-ins/data-folder.ts';
import { listenOnLoopback } from '../../../local/stand-ins/http-listener.ts';
import { startModelHosting } from '../../../local/stand-ins/model-hosting.ts';
import { startSageMakerRuntime } from '../../../local/stand-ins/sagemaker/runtime.ts';
import { prefix } from '../cdk.ts';
import { containerPath, createContainers } from './ml-node.ts';

/** What the stack of the ML node would make, as `infra/node-endpoint.ts` has it. */
const endpoint = { name: mlNodeName(prefix), variant: variantName, mostInstances: 3 };

const log = {
  error: (message: string, { error }: { readonly error: unknown }): void => {
    process.stderr.write(`${message}: ${error}\n`);
  },
};

/** Starts the local server's own stand-ins of SageMaker and Application Auto Scaling, with an ML node whose models know few words. */
export const startSageMaker = async () => {
  const containers = await listenOnLoopback(createContainers());
  const { sageMaker, autoScaling, components } = await startModelHosting({ dataDir: inMemory, endpoint, log });
  const runtime = await startSageMakerRuntime({
    endpoint,
    components,
    containerOf: (component) => `${containers.endpoint}${containerPath(component)}`,
    elsewhere: () => containers.endpoint,
  });
  return {
    /** The base URL of the one that a request is for; undefined when it is for none of them. */
    baseFor: ({ url = '', headers }: IncomingMessage): string | undefined => {
      const service = String(headers['x-amz-target']).split('.')[0];
      if (service === 'SageMaker') return sageMaker.endpoint;
      if (service === 'AnyScaleFrontendService') return autoScaling.endpoint;
      return url.startsWith('/endpoints/') ? runtime.endpoint : undefined;
    },
    close: async (): Promise<void> => {
      await Promise.all([runtime, sageMaker, autoScaling].map(({ close }) => close()));
      await containers.close();
    },
  };
};
