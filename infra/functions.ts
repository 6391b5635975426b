import { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FunctionName } from '../lib/http/routes.ts';
import type { InletData } from './data.ts';
import { InletFunction } from './function.ts';
import { rightsTo } from './rights.ts';

type InletFunctionsProps = {
  /** Where a function's bundle comes from. */
  readonly code: (name: FunctionName) => Code;
  readonly data: InletData;
};

/** The four functions, one per set of rights. */
export class InletFunctions extends Construct {
  readonly byName: Readonly<Record<FunctionName, InletFunction>>;

  constructor(scope: Construct, id: string, { code, data }: InletFunctionsProps) {
    super(scope, id);
    this.byName = {
      read: new InletFunction(this, 'Read', {
        description: 'GET and HEAD: endpoints, services, health; unknown paths',
        code: code('read'),
        timeout: Duration.seconds(30),
        memorySize: 512,
      }),
      infer: new InletFunction(this, 'Infer', {
        description: 'POST: inference, whole and streamed',
        code: code('infer'),
        // API Gateway's own limit for a stream.
        timeout: Duration.minutes(15),
        // Embeddings are many numbers to read and write: the only function that computes.
        memorySize: 1024,
      }),
      manage: new InletFunction(this, 'Manage', {
        description: 'PUT and DELETE: makes, changes and removes endpoints',
        code: code('manage'),
        // A whole answer must begin within five minutes; the validation call counts.
        timeout: Duration.minutes(5),
        memorySize: 512,
      }),
      security: new InletFunction(this, 'Security', {
        description: 'API keys',
        code: code('security'),
        timeout: Duration.seconds(30),
        memorySize: 512,
      }),
    };
    this.#grant(data);
  }

  #grant(data: InletData): void {
    const { read, infer, manage, security } = this.byName;
    const may = rightsTo(data);
    for (const each of Object.values(this.byName)) may.authorise(each);

    may.endpoints(read, 'GetItem', 'Scan');

    may.endpoints(infer, 'GetItem');
    may.endpointSecrets(infer, 'GetSecretValue');
    may.buckets(infer);
    may.invoke(infer, manage);

    may.endpoints(manage, 'GetItem', 'PutItem', 'DeleteItem');
    may.endpointSecrets(manage, 'CreateSecret', 'GetSecretValue', 'DeleteSecret');
    may.buckets(manage);

    may.manageApiKeys(security);
  }
}
