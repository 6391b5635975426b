import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import { InletStack } from '../../infra/inlet-stack.ts';

const properties = z.record(z.string(), z.json());

const templateJson = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: properties, DeletionPolicy: z.string().optional() }),
  ),
  Outputs: z.record(z.string(), z.object({ Value: z.json() })),
});

/** The stack as `cdk deploy` would send it, with a stand-in for the functions' code. */
export const synthesise = (prefix = 'Inlet') => {
  const app = new App();
  const stack = new InletStack(app, prefix, { code: () => Code.fromInline('export const handler = () => {};') });
  const { Resources, Outputs } = templateJson.parse(Template.fromStack(stack).toJSON());
  const resources = Object.entries(Resources).map(([id, { Type: type, Properties, DeletionPolicy }]) => ({
    id,
    type,
    properties: Properties,
    deletionPolicy: DeletionPolicy,
  }));
  return {
    app,
    stack,
    resources,
    outputs: Outputs,
    ofType: (type: string) => resources.filter((each) => each.type === type),
  };
};
