import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';
import { InletApi } from './api.ts';
import { InletData } from './data.ts';
import { InletFunctions } from './functions.ts';

type InletStackProps = StackProps & {
  /** Where a function's bundle comes from. */
  readonly code: (name: FunctionName) => Code;
};

/** `read` → `ReadFunction`. */
const outputName = (name: FunctionName): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}Function`;

/** The service without an ML node: nothing in it runs, and almost nothing costs, while nobody calls. */
export class InletStack extends Stack {
  readonly data: InletData;
  readonly functions: InletFunctions;
  readonly api: InletApi;

  constructor(scope: Construct, id: string, { code, ...props }: InletStackProps) {
    super(scope, id, { description: "Elasticsearch's _inference API on Lambda", ...props });
    this.data = new InletData(this, 'Data');
    this.functions = new InletFunctions(this, 'Functions', { code, data: this.data });
    const { read, infer, manage, security } = this.functions.byName;
    this.api = new InletApi(this, 'Api', {
      functions: { read: read.lambda, infer: infer.lambda, manage: manage.lambda, security: security.lambda },
    });
    this.#output('ApiUrl', this.api.restApi.url, 'Node address for Elasticsearch clients, with the stage');
    this.#output('Region', this.region, 'For commands of the AWS CLI');
    this.#output('AdminSecretArn', this.data.adminSecret.secretArn, 'Holds the secret of the API key "admin"');
    for (const name of functionNames) {
      this.#output(outputName(name), this.functions.byName[name].lambda.functionName, 'Names its log and metrics');
    }
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
