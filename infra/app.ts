import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';
import { bundleFunction } from './function-bundle.ts';
import { InletStack } from './inlet-stack.ts';

const folderOf = (name: FunctionName): string => join(import.meta.dirname, '..', 'dist', 'functions', name);
await Promise.all(functionNames.map((name) => bundleFunction(name, folderOf(name))));

const app = new App();
// All names are made from it, so that one account can hold several (`-c prefix=Another`).
const prefix = String(app.node.getContext('prefix'));
new InletStack(app, prefix, { code: (name) => Code.fromAsset(folderOf(name)) });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
