import * as z from 'zod';
import type { FunctionName } from '../../lib/http/routes.ts';
import { escaped } from './filter-pattern.ts';
import type { Synthesised } from './synthesise.ts';

// What a template says with references, as it would be once deployed: names are logical ids, and ARNs are made of them.

export const account = '000000000000';
export const region = 'us-east-1';

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': account,
};

/** The ARN of a resource of the stack that goes by a name of CloudFormation's making. */
export const arnOf = (logicalId: string): string => `arn:of:${logicalId}`;

const reference = z.object({ Ref: z.string() }).transform(({ Ref: name }) => pseudo[name] ?? name);
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
const joined = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.union([z.string(), reference]))]) });

/** A value of a template that stands for a text. */
const text = z.union([
  z.string(),
  reference,
  attribute.transform(({ 'Fn::GetAtt': [id] }) => arnOf(id)),
  joined.transform(({ 'Fn::Join': [, parts] }) => parts.join('')),
]);

/** What a resource is called that is meant by this token. */
export const nameOf = ({ stack }: Synthesised, token: string): string => reference.parse(stack.resolve(token));

const oneOrMore = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.array(schema), schema.transform((one) => [one])]);

const policy = z.object({
  Roles: z.array(z.json()),
  PolicyDocument: z.object({
    Statement: z.array(z.object({ Action: oneOrMore(z.string()), Resource: oneOrMore(text) })),
  }),
});

/** An action that a function may take, on whatever the pattern fits. */
export type Right = { readonly action: string; readonly resource: string };

/** What a function's role lets it do, each action on each resource by itself. */
export const rightsOf = ({ stack, ofType }: Synthesised, name: FunctionName): readonly Right[] => {
  const role = JSON.stringify([stack.resolve(stack.functions.byName[name].lambda.role?.roleName)]);
  return ofType('AWS::IAM::Policy')
    .map(({ properties }) => policy.parse(properties))
    .filter(({ Roles }) => JSON.stringify(Roles) === role)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))));
};

const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), text) }) });

/** The variables that a function finds. */
export const variablesOf = (synthesised: Synthesised, name: FunctionName): Readonly<Record<string, string>> => {
  const { stack, ofType } = synthesised;
  const own = nameOf(synthesised, stack.functions.byName[name].lambda.functionName);
  const found = ofType('AWS::Lambda::Function').find(({ id }) => id === own);
  return variables.parse(found?.properties).Environment.Variables;
};

const pattern = (resource: string): RegExp => new RegExp(`^${resource.split('*').map(escaped).join('.*')}$`);

/** Whether a right takes in what is done, by IAM's rule: `*` stands for any text. */
export const covers = ({ action, resource }: Right, done: Right): boolean =>
  action === done.action && pattern(resource).test(done.resource);
