import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { InletStack } from './inlet-stack.ts';
import { MlNodeStack } from './ml-node-stack.ts';
import { shapeOf } from './release-shape.ts';
import { readSwitches } from './switches.ts';

// At a release: keeps what later versions of the stacks must not replace in the accounts where these are deployed.

const switches = readSwitches({});
const app = new App();
const stacks = [
  new InletStack(app, { code: () => Code.fromInline('export const handler = () => {};'), switches }),
  new MlNodeStack(app, { switches }),
];
const shapes = stacks.map((stack) => [stack.stackName, shapeOf(Template.fromStack(stack).toJSON())] as const);
const file = join(import.meta.dirname, 'release.json');
writeFileSync(file, `${JSON.stringify(Object.fromEntries(shapes), undefined, 2)}\n`);
console.log(`${file} says what updates of ${stacks.map(({ stackName }) => stackName).join(' and ')} leave as it is`);
