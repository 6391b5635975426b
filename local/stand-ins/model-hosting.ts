import { StartError } from '../start-error.ts';
import { wantedCopies } from './auto-scaling/scaling.ts';
import { scalingOperations } from './auto-scaling/scaling-operations.ts';
import { scalingTarget } from './auto-scaling/scaling-record.ts';
import { type AwsError, type Operation, serveAwsJson } from './aws-json.ts';
import { dataFolderError } from './data-folder.ts';
import { openLiveRecords } from './live-records.ts';
import { openRecordFiles } from './record-files.ts';
import { componentOperations, type Endpoint } from './sagemaker/component-operations.ts';
import { componentRecord } from './sagemaker/component-record.ts';
import type { Pace } from './sagemaker/component-states.ts';
import { type Components, openComponents, type Trouble } from './sagemaker/components.ts';
import type { StandIn } from './stand-in.ts';

type ModelHostingOptions = {
  /** The server's data folder, or `:memory:`. */
  readonly dataDir: string;
  readonly endpoint: Endpoint;
  /** @default as quick as the engine, which runs all models anyway */
  readonly pace?: Pace & {
    /** Without calls for so long, an adaptive component has its least number of copies. */
    readonly idle: number;
  };
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly trouble?: Trouble & {
    /** What a call is answered instead of what it asks for. */
    readonly refuse?: (operation: string) => AwsError | undefined;
  };
  readonly log: { readonly error: (message: string, fields: { readonly error: unknown }) => void };
};

export type ModelHosting = {
  readonly sageMaker: StandIn;
  readonly autoScaling: StandIn;
  readonly components: Components;
};

const minute = 60_000;

const localPace = { create: 20, update: 20, delete: 20, patience: 30 * minute, idle: 15 * minute };

const unlessRefused = (
  operations: Readonly<Record<string, Operation>>,
  refuse: (operation: string) => AwsError | undefined,
): Readonly<Record<string, Operation>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, run]) => [
      name,
      async (input: unknown) => {
        const refusal = refuse(name);
        if (refusal) throw refusal;
        return run(input);
      },
    ]),
  );

const openRecords = async (options: ModelHostingOptions, now: () => number, onFault: (error: unknown) => void) => {
  const { dataDir, pace = localPace, trouble = {} } = options;
  try {
    const targets = await openLiveRecords(await openRecordFiles(dataDir, 'scaling-targets', scalingTarget));
    const components = await openComponents({
      files: await openRecordFiles(dataDir, 'inference-components', componentRecord),
      now,
      pace,
      wantedCopies: wantedCopies(targets, pace.idle),
      trouble,
      onFault,
    });
    return { targets, components };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw dataFolderError(dataDir, error instanceof Error ? error : { message: String(error) });
  }
};

/**
 * Starts the control APIs of SageMaker and Application Auto Scaling, for the inference components of one endpoint. Each change is on
 * disk before it is answered.
 *
 * They know of no other server on the same folder: start them after the DynamoDB stand-in, which refuses a folder in use.
 *
 * @throws StartError when the data folder cannot be used
 */
export const startModelHosting = async (options: ModelHostingOptions): Promise<ModelHosting> => {
  const { endpoint, now = Date.now, trouble = {}, log } = options;
  const { refuse = () => undefined } = trouble;
  const onFault = (error: unknown) => log.error('The stand-in for model hosting failed', { error });
  const { targets, components } = await openRecords(options, now, onFault);
  const serve = (service: string, operations: Readonly<Record<string, Operation>>) =>
    serveAwsJson(service, unlessRefused(operations, refuse), onFault);
  const [sageMaker, autoScaling] = await Promise.all([
    serve('SageMaker', componentOperations(components, endpoint, now)),
    serve('AnyScaleFrontendService', scalingOperations(targets, components, now)),
  ]);
  return { sageMaker, autoScaling, components };
};
