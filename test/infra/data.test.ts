import { describe, expect, it } from 'vitest';
import { synthesise } from './synthesise.ts';

const { ofType } = synthesise();
const tables = ofType('AWS::DynamoDB::Table').map(({ properties, deletionPolicy }) => ({
  ...properties,
  deletionPolicy,
}));

const keyedBy = (name: string) => ({
  KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
  SSESpecification: { SSEEnabled: true },
});
const kept = {
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  DeletionProtectionEnabled: true,
  deletionPolicy: 'Retain',
};

describe('the stored data', () => {
  it('lies in three tables: two that outlive the stack and one that forgets', () => {
    expect(tables).toEqual([
      { ...keyedBy('inference_id'), ...kept },
      { ...keyedBy('id'), ...kept },
      {
        ...keyedBy('bucket'),
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        deletionPolicy: 'Delete',
      },
    ]);
  });

  it('has one secret that the stack makes: the key of the owner, of letters and digits alone', () => {
    expect(ofType('AWS::SecretsManager::Secret').map(({ properties }) => properties)).toEqual([
      {
        Description: 'Secret of the API key "admin", which may do everything',
        GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 32 },
      },
    ]);
  });
});
