import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import { InletStack } from '../../infra/inlet-stack.ts';
import { readSwitches } from '../../infra/switches.ts';

const properties = z.record(z.string(), z.json());

const templateJson = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: properties.default({}), DeletionPolicy: z.string().optional() }),
  ),
  Outputs: z.record(z.string(), z.object({ Value: z.json() })),
});

/**
 * The stack as `cdk deploy` would send it, with a stand-in for the functions' code.
 *
 * @param context - switches, as on the command line
 */
export const synthesiseAnew = (context: Readonly<Record<string, unknown>> = {}) => {
  // The CDK's own validation of templates takes most of the time; `cdk synth` makes it.
  const app = new App({ builtinCloudFormationValidation: false });
  const stack = new InletStack(app, {
    code: () => Code.fromInline('export const handler = () => {};'),
    switches: readSwitches(context),
  });
  const template = Template.fromStack(stack).toJSON();
  const { Resources, Outputs } = templateJson.parse(template);
  const resources = Object.entries(Resources).map(([id, { Type: type, Properties, DeletionPolicy }]) => ({
    id,
    type,
    properties: Properties,
    deletionPolicy: DeletionPolicy,
  }));
  return {
    app,
    stack,
    template,
    resources,
    outputs: Outputs,
    ofType: (type: string) => resources.filter((each) => each.type === type),
  };
};

export type Synthesised = ReturnType<typeof synthesiseAnew>;

const made = new Map<string, Synthesised>();

/** The same, made once for each context: to be looked at and not changed. */
export const synthesise = (context: Readonly<Record<string, unknown>> = {}): Synthesised => {
  const name = JSON.stringify(context);
  const known = made.get(name) ?? synthesiseAnew(context);
  made.set(name, known);
  return known;
};
