import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { InletStack } from './inlet-stack.ts';
import { shapeOf } from './release-shape.ts';
import { readSwitches } from './switches.ts';

// At a release: keeps what later versions of the stack must not replace in the accounts where this one is deployed.

const stack = new InletStack(new App(), {
  code: () => Code.fromInline('export const handler = () => {};'),
  switches: readSwitches({}),
});
const file = join(import.meta.dirname, 'release.json');
writeFileSync(
  file,
  `${JSON.stringify({ [stack.stackName]: shapeOf(Template.fromStack(stack).toJSON()) }, undefined, 2)}\n`,
);
console.log(`${file} says what updates of ${stack.stackName} leave as it is`);
