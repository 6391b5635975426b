import { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';
import { manageFunctionName } from '../lib/ml-node/names.ts';
import type { InletData } from './data.ts';
import { InletFunction } from './function.ts';
import { rightsToNode } from './node-rights.ts';
import { rightsTo } from './rights.ts';
import type { Switches } from './switches.ts';

type InletFunctionsProps = {
  /** Where a function's bundle comes from. */
  readonly code: (name: FunctionName) => Code;
  readonly data: InletData;
  readonly switches: Switches;
};

/** MiB, as measured: `docs/performance.md`, "Memory of the functions". */
const memorySize = 1024;

const kinds = {
  read: {
    description: 'GET and HEAD: endpoints, services, health; unknown paths',
    timeout: Duration.seconds(30),
  },
  infer: {
    description: 'POST: inference, whole and streamed',
    // API Gateway's own limit for a stream.
    timeout: Duration.minutes(15),
  },
  manage: {
    description: 'PUT and DELETE: makes, changes and removes endpoints',
    // A whole answer must begin within five minutes; the validation call counts.
    timeout: Duration.minutes(5),
  },
  security: { description: 'API keys', timeout: Duration.seconds(30) },
} as const satisfies Record<FunctionName, object>;

/** `read` → `Read`. */
export const capitalised = (name: FunctionName): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The four functions, one per set of rights. */
export class InletFunctions extends Construct {
  readonly byName: Readonly<Record<FunctionName, InletFunction>>;

  constructor(scope: Construct, id: string, { code, data, switches }: InletFunctionsProps) {
    super(scope, id);
    const { subnets, securityGroups } = switches;
    const make = (name: FunctionName): InletFunction =>
      new InletFunction(this, capitalised(name), {
        ...kinds[name],
        code: code(name),
        // The schedule of the ML node's stack calls it, and so does `infer`.
        functionName: name === 'manage' ? manageFunctionName(switches.prefix) : undefined,
        takesEvents: name === 'manage',
        memorySize: switches.memory[name] ?? memorySize,
        reservedConcurrency: switches.reservedConcurrency[name],
        provisionedConcurrency: switches.provisionedConcurrency[name],
        logRetention: switches.logRetentionDays,
        key: data.key,
        network: subnets && securityGroups && { subnets, securityGroups },
      });
    this.byName = { read: make('read'), infer: make('infer'), manage: make('manage'), security: make('security') };
    this.#grant(data, switches);
    this.#set(switches);
  }

  /** All of them. */
  get all(): readonly InletFunction[] {
    return functionNames.map((name) => this.byName[name]);
  }

  #grant(data: InletData, switches: Switches): void {
    const { read, infer, manage, security } = this.byName;
    const may = rightsTo(data);
    for (const each of this.all) may.authorise(each);

    may.useKey(read, 'read');
    may.endpoints(read, 'GetItem', 'Scan');

    may.useKey(infer, 'read', 'write');
    may.endpoints(infer, 'GetItem');
    may.endpointSecrets(infer, 'GetSecretValue');
    may.buckets(infer);
    may.invoke(infer, manage);

    may.useKey(manage, 'read', 'write');
    may.endpoints(manage, 'GetItem', 'Scan', 'PutItem', 'DeleteItem');
    may.endpointSecrets(manage, 'CreateSecret', 'GetSecretValue', 'DeleteSecret');
    may.buckets(manage);

    may.useKey(security, 'read', 'write');
    may.manageApiKeys(security);

    this.#reachNode(switches);

    if (switches.awsRole) for (const each of [infer, manage]) may.awsModels(each);
  }

  /** The ML node of the other stack, or the server that stands in its place. */
  #reachNode({ prefix, mlAddress, mlAccelerator, mlMaxInstances }: Switches): void {
    const { read, infer, manage } = this.byName;
    if (mlAddress !== undefined) {
      for (const each of [infer, manage]) each.set('INLET_ML_NODE', JSON.stringify({ '*': mlAddress }));
      return;
    }
    const node = rightsToNode(this, prefix);
    node.look(read);
    node.call(infer);
    node.manage(manage);
    if (mlAccelerator !== 'gpu') manage.set('INLET_ML_ACCELERATOR', mlAccelerator);
    if (mlMaxInstances !== 3) manage.set('INLET_ML_MOST_INSTANCES', String(mlMaxInstances));
  }

  /** Variables only where they say something else than the default, which `lib/config.ts` has. */
  #set({ streaming, logLevel }: Switches): void {
    for (const each of this.all) {
      if (!streaming) each.set('INLET_STREAMING', 'false');
      if (logLevel !== 'info') each.set('LOG_LEVEL', logLevel);
    }
  }
}
