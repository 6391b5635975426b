import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';
import { bundleFunction } from './function-bundle.ts';
import { InletStack } from './inlet-stack.ts';
import { MlNodeStack } from './ml-node-stack.ts';
import { readSwitches, SwitchError, type Switches } from './switches.ts';

const app = new App();

const switchesOrEnd = (): Switches => {
  try {
    return readSwitches(app.node.getAllContext());
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
    // The sentence alone: a stack of calls would hide it.
    console.error(`${error.message} (cdk.json, or -c on the command line; docs/deploying.md describes each switch)`);
    process.exit(1);
  }
};

const switches = switchesOrEnd();
const folderOf = (name: FunctionName): string => join(import.meta.dirname, '..', 'dist', 'functions', name);
await Promise.all(functionNames.map((name) => bundleFunction(name, folderOf(name))));

new InletStack(app, { code: (name) => Code.fromAsset(folderOf(name)), switches });
if (switches.mlAddress === undefined) new MlNodeStack(app, { switches });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
