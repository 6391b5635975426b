import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { MlNodeStack } from '../../infra/ml-node-stack.ts';
import { type ReleaseShape, releaseShape, shapeOf } from '../../infra/release-shape.ts';
import { readSwitches } from '../../infra/switches.ts';
import { switchRows } from './switch-rows.ts';
import { synthesise } from './synthesise.ts';

const file = join(import.meta.dirname, '..', '..', 'infra', 'release.json');
const { Inlet: released, InletMlNode: releasedNode } = z
  .object({ Inlet: releaseShape, InletMlNode: releaseShape })
  .parse(JSON.parse(readFileSync(file, 'utf8')));

/** What an update from one shape to another would replace or delete. */
const replaced = (before: ReleaseShape, after: ReleaseShape): readonly string[] =>
  Object.entries(before)
    .filter(([id, resource]) => JSON.stringify(after[id]) !== JSON.stringify(resource))
    .map(([id, { type }]) => `${type} ${id}`);

describe('an update of the last release', () => {
  it('is compared with three tables, a secret, the API and its stage', () => {
    expect(
      Object.values(released)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual([
      'AWS::ApiGateway::RestApi',
      'AWS::ApiGateway::Stage',
      'AWS::DynamoDB::Table',
      'AWS::DynamoDB::Table',
      'AWS::DynamoDB::Table',
      'AWS::SecretsManager::Secret',
    ]);
  });

  it.each([{}, ...switchRows])('replaces nothing that is stored, and no address, with %j', (context) => {
    expect(replaced(released, shapeOf(synthesise(context).template))).toEqual([]);
  });

  it.each([{}, { mlAccelerator: 'cpu' }, { mlInstanceType: 'ml.g5.xlarge', mlMaxInstances: 9 }, { alarms: 'off' }])(
    'keeps the bucket of uploaded models and the name of the ML node, with %j',
    (context) => {
      const stack = new MlNodeStack(new App(), { switches: readSwitches(context) });
      expect(Object.values(releasedNode).map(({ type }) => type)).toEqual([
        'AWS::S3::Bucket',
        'AWS::SageMaker::Endpoint',
      ]);
      expect(replaced(releasedNode, shapeOf(Template.fromStack(stack).toJSON()))).toEqual([]);
    },
  );

  it.each<[string, (resource: ReleaseShape[string]) => ReleaseShape[string] | undefined]>([
    ['goes', () => undefined],
    ['has another type', (resource) => ({ ...resource, type: 'AWS::DynamoDB::GlobalTable' })],
    ['gets a name', ({ type, properties }) => ({ type, properties: { ...properties, TableName: 'endpoints' } })],
    ['gets another key', ({ type, properties }) => ({ type, properties: { ...properties, KeySchema: [] } })],
    ['loses a property', ({ type }) => ({ type, properties: {} })],
  ])('would be told if a table %s', (_, change) => {
    const [id = ''] = Object.keys(released).filter((each) => each.includes('Endpoints'));
    const { [id]: table, ...others } = released;
    const changed = table && change(table);
    expect(replaced(released, { ...others, ...(changed && { [id]: changed }) })).toEqual([
      `AWS::DynamoDB::Table ${id}`,
    ]);
  });

  it.each([
    ['AWS::SecretsManager::Secret', 'GenerateSecretString'],
    ['AWS::ApiGateway::RestApi', 'Name'],
    ['AWS::ApiGateway::Stage', 'StageName'],
    ['AWS::DynamoDB::Table', 'KeySchema'],
  ])('keeps of %s its %s, which would make another one', (type, property) => {
    const template = (value: string) => ({ Resources: { Thing: { Type: type, Properties: { [property]: value } } } });
    expect(replaced(shapeOf(template('a')), shapeOf(template('b')))).toEqual([`${type} Thing`]);
  });
});
