import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteInferenceComponentCommand,
  ListInferenceComponentsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { DeleteSecretCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import type { Clients } from '../../admin/empty.ts';

const settings = { region: 'us-east-1' };
const clients: Clients = {
  cloudFormation: new CloudFormationClient(settings),
  sageMaker: new SageMakerClient(settings),
  autoScaling: new ApplicationAutoScalingClient(settings),
  dynamoDb: new DynamoDBClient(settings),
  secretsManager: new SecretsManagerClient(settings),
  s3: new S3Client(settings),
};
const cloudFormation = mockClient(clients.cloudFormation);
const sageMaker = mockClient(clients.sageMaker);
const autoScaling = mockClient(clients.autoScaling);
const dynamoDb = mockClient(clients.dynamoDb);
const secretsManager = mockClient(clients.secretsManager);
const s3 = mockClient(clients.s3);

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** What an account holds of a deployment. */
export type Held = {
  readonly stacks: Readonly<Record<string, readonly { readonly type: string; readonly name: string }[]>>;
  /** Rows: the key, and the secret that the row points to. */
  readonly tables: Record<
    string,
    { readonly key: string; rows: { id: string; secret?: string }[]; isProtected: boolean }
  >;
  secrets: string[];
  /** Looks until a component can be deleted, and then until it is gone. */
  components: { name: string; endpoint: string; making: number; going: number; isGoing: boolean }[];
  scaled: string[];
  readonly buckets: Record<string, string[]>;
};

/** The writes, in order: `DeleteItem Inlet-Endpoints a`. */
export type Account = { readonly clients: Clients; readonly held: Held; readonly writes: string[] };

/**
 * An account behind the SDK's clients, as far as `admin` looks at it.
 *
 * @param failAt - the write that fails, counted from 0
 */
export const openAccount = (held: Held, failAt = Number.POSITIVE_INFINITY): Account => {
  for (const mock of [cloudFormation, sageMaker, autoScaling, dynamoDb, secretsManager, s3]) mock.reset();
  const writes: string[] = [];
  const write = (what: string, change: () => void): object => {
    if (writes.length === failAt) throw named('ThrottlingException', 'slow down');
    change();
    writes.push(what);
    return {};
  };
  const tableOf = (name = '') => {
    const table = held.tables[name];
    if (!table) throw named('ResourceNotFoundException', `no table ${name}`);
    return table;
  };

  cloudFormation.on(ListStackResourcesCommand).callsFake(({ StackName }: { StackName: string }) => {
    const resources = held.stacks[StackName];
    if (!resources) throw named('ValidationError', `Stack with id ${StackName} does not exist`);
    return {
      StackResourceSummaries: resources.map(({ type, name }) => ({
        ResourceType: type,
        PhysicalResourceId: name,
        ResourceStatus: 'CREATE_COMPLETE',
      })),
    };
  });

  dynamoDb
    .on(DescribeTableCommand)
    .callsFake(({ TableName }) => ({
      Table: {
        KeySchema: [{ AttributeName: tableOf(TableName).key, KeyType: 'HASH' }],
        DeletionProtectionEnabled: tableOf(TableName).isProtected,
      },
    }))
    // Two rows a page.
    .on(ScanCommand)
    .callsFake(({ TableName, ExclusiveStartKey }) => {
      const { key, rows } = tableOf(TableName);
      const left = rows.filter(({ id }) => ExclusiveStartKey === undefined || id > ExclusiveStartKey[key].S);
      const items = left.slice(0, 2).map(({ id }) => ({ [key]: { S: id } }));
      return { Items: items, ...(left.length > 2 && { LastEvaluatedKey: items.at(-1) }) };
    })
    .on(DeleteItemCommand)
    .callsFake(({ TableName, Key }) => {
      const table = tableOf(TableName);
      const id = Key[table.key].S;
      return write(`DeleteItem ${TableName} ${id}`, () => {
        table.rows = table.rows.filter((row) => row.id !== id);
      });
    })
    .on(UpdateTableCommand)
    .callsFake(({ TableName, DeletionProtectionEnabled }) =>
      write(`UpdateTable ${TableName} ${DeletionProtectionEnabled}`, () => {
        tableOf(TableName).isProtected = DeletionProtectionEnabled;
      }),
    );

  secretsManager
    .on(ListSecretsCommand)
    .callsFake(() => ({ SecretList: held.secrets.map((Name) => ({ Name })) }))
    .on(DeleteSecretCommand)
    .callsFake(({ SecretId, RecoveryWindowInDays: days }) =>
      write(`DeleteSecret ${SecretId} ${days}`, () => {
        held.secrets = held.secrets.filter((name) => name !== SecretId);
      }),
    );

  sageMaker
    .on(ListInferenceComponentsCommand)
    .callsFake(({ EndpointNameEquals }) => {
      held.components = held.components.filter(({ isGoing, going }) => !(isGoing && going === 0));
      const here = held.components.filter(({ endpoint }) => endpoint === EndpointNameEquals);
      const shown = here.map(({ name, making, isGoing }) => ({
        InferenceComponentName: name,
        InferenceComponentStatus: isGoing ? 'Deleting' : making > 0 ? 'Creating' : 'InService',
      }));
      for (const each of here) {
        if (each.isGoing) each.going -= 1;
        else if (each.making > 0) each.making -= 1;
      }
      return { InferenceComponents: shown };
    })
    .on(DeleteInferenceComponentCommand)
    .callsFake(({ InferenceComponentName: name }) => {
      const found = held.components.find((each) => each.name === name);
      if (!found || found.making > 0) throw named('ValidationException', 'not now');
      return write(`DeleteInferenceComponent ${name}`, () => {
        found.isGoing = true;
      });
    });

  autoScaling
    .on(DescribeScalableTargetsCommand)
    .callsFake(({ ResourceIds: [id] }) => ({
      ScalableTargets: held.scaled.includes(id)
        ? [{ ResourceId: id, ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount' }]
        : [],
    }))
    .on(DeregisterScalableTargetCommand)
    .callsFake(({ ResourceId }) =>
      write(`DeregisterScalableTarget ${ResourceId}`, () => {
        held.scaled = held.scaled.filter((id) => id !== ResourceId);
      }),
    );

  s3.on(ListObjectVersionsCommand)
    .callsFake(({ Bucket }) => ({
      Versions: (held.buckets[Bucket] ?? []).map((Key) => ({ Key, VersionId: 'v1' })),
      DeleteMarkers: [],
      IsTruncated: false,
    }))
    .on(DeleteObjectsCommand)
    .callsFake(({ Bucket, Delete }) =>
      write(`DeleteObjects ${Bucket} ${Delete.Objects.length}`, () => {
        held.buckets[Bucket] = [];
      }),
    );

  return { clients, held, writes };
};
