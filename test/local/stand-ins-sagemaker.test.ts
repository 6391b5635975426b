import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../local/stand-ins/aws-json.ts';
import { type HostedModels, hostModels, minute, pace } from './model-hosting.ts';

const arn = (name: string) => `arn:aws:sagemaker:us-east-1:000000000000:inference-component/${name}`;

/** What is said of a component that has been made: by itself, and in a list. */
const summaryOf = (name: string) => ({
  InferenceComponentName: name,
  InferenceComponentArn: arn(name),
  EndpointName: 'Inlet-ml-node',
  EndpointArn: 'arn:aws:sagemaker:us-east-1:000000000000:endpoint/Inlet-ml-node',
  VariantName: 'models',
  InferenceComponentStatus: 'InService',
  CreationTime: new Date(1_790_000_000_000),
  LastModifiedTime: new Date(1_790_000_000_000 + pace.create),
});

let models: HostedModels;

beforeEach(async () => {
  models = await hostModels();
});

afterEach(async () => {
  await models[Symbol.asyncDispose]();
  expect(models.faults).toEqual([]);
});

const pass = (milliseconds: number) => {
  models.world.time += milliseconds;
};

describe('an inference component', () => {
  it('is Creating, then InService with its copies', async () => {
    expect(await models.create('a', { RuntimeConfig: { CopyCount: 2 } })).toMatchObject({
      InferenceComponentArn: arn('a'),
    });
    expect(await models.state('a')).toBe('Creating 2 0');
    pass(pace.create - 1);
    expect(await models.state('a')).toBe('Creating 2 0');
    pass(1);
    expect(await models.state('a')).toBe('InService 2 2');
  });

  it('is described with all that was given', async () => {
    await models.create('a');
    pass(pace.create);
    const { $metadata: _, ...described } = await models.describe('a');
    expect(described).toEqual({
      ...summaryOf('a'),
      Specification: {
        Container: {
          DeployedImage: {
            SpecifiedImage: 'account/tei:tag',
            ResolvedImage: 'account/tei:tag',
            ResolutionTime: new Date(1_790_000_000_000),
          },
          Environment: { HF_MODEL_ID: 'intfloat/multilingual-e5-small', POOLING: 'mean' },
        },
        ComputeResourceRequirements: { NumberOfAcceleratorDevicesRequired: 1, MinMemoryRequiredInMb: 2048 },
      },
      RuntimeConfig: { DesiredCopyCount: 1, CurrentCopyCount: 1 },
    });
    expect((await models.describe(arn('a'))).InferenceComponentName).toBe('a');
  });

  it('grows and shrinks after a while, also to nothing; copies that go answer no longer at once', async () => {
    await models.create('a');
    pass(pace.create);
    await models.scale('a', 3);
    expect(await models.state('a')).toBe('Updating 3 1');
    pass(pace.update);
    expect(await models.state('a')).toBe('InService 3 3');
    await models.scale('a', 0);
    expect(await models.state('a')).toBe('Updating 0 0');
    pass(pace.update);
    expect(await models.state('a')).toBe('InService 0 0');
  });

  it('takes another specification', async () => {
    await models.create('a');
    pass(pace.create);
    await models.update('a', 4096);
    expect(await models.state('a')).toBe('Updating 1 1');
    pass(pace.update);
    expect((await models.describe('a')).Specification?.ComputeResourceRequirements).toEqual({
      MinMemoryRequiredInMb: 4096,
    });
  });

  it('is Deleting, then gone, and its name is free', async () => {
    await models.create('a');
    pass(pace.create);
    await models.remove('a');
    expect(await models.state('a')).toBe('Deleting 1 0');
    await expect(models.create('a')).rejects.toThrow('already existing');
    pass(pace.delete);
    await expect(models.describe('a')).rejects.toThrow(`Could not find inference component "${arn('a')}".`);
    await models.create('a');
    expect(await models.state('a')).toBe('Creating 1 0');
  });

  it('is Failed, with the reason, when its copies do not start, and can be deleted', async () => {
    models.world.failure = 'The container did not pass the ping health check.';
    await models.create('a');
    pass(pace.create);
    expect(await models.describe('a')).toMatchObject({
      InferenceComponentStatus: 'Failed',
      FailureReason: 'The container did not pass the ping health check.',
      RuntimeConfig: { DesiredCopyCount: 1, CurrentCopyCount: 0 },
    });
    models.world.failure = undefined;
    expect(await models.state('a')).toBe('Failed 1 0');
    await expect(models.scale('a', 1)).rejects.toThrow('in state Failed');
    await models.remove('a');
  });

  it('waits for room: Creating until there is some, Failed when there is none for too long', async () => {
    models.world.room = 1;
    await models.create('a');
    pass(pace.create);
    await models.create('b');
    pass(pace.create);
    expect([await models.state('a'), await models.state('b')]).toEqual(['InService 1 1', 'Creating 1 0']);
    await models.scale('a', 0);
    expect(await models.state('b')).toBe('InService 1 1');
    await models.create('c');
    pass(pace.patience + 1);
    expect(await models.state('c')).toBe('Failed 1 0');
  });

  it('keeps its copies when there is no room for more for too long', async () => {
    await models.create('a');
    pass(pace.create);
    models.world.room = 1;
    await models.scale('a', 2);
    pass(pace.update);
    expect(await models.state('a')).toBe('Updating 2 1');
    pass(pace.patience);
    expect(await models.state('a')).toBe('InService 1 1');
  });
});

describe('what is refused', () => {
  it.each([
    ['no copies', { RuntimeConfig: { CopyCount: 0 } }, 'CopyCount must be at least 1'],
    ['an endpoint that is not there', { EndpointName: 'other' }, 'Could not find endpoint'],
    ['a variant that is not there', { VariantName: 'other' }, 'Variant other does not exist'],
    ['a name with a dot', { InferenceComponentName: 'a.b' }, 'InferenceComponentName'],
    ['a name with a hyphen at its end', { InferenceComponentName: 'a-' }, 'InferenceComponentName'],
    ['a name of 64 characters', { InferenceComponentName: 'a'.repeat(64) }, 'InferenceComponentName'],
    ['neither model nor container', { Specification: { ComputeResourceRequirements: { MinMemoryRequiredInMb: 128 } } }],
    [
      'a model that was not made',
      { Specification: { ModelName: 'm', ComputeResourceRequirements: { MinMemoryRequiredInMb: 128 } } },
      'Could not find model',
    ],
    ['no memory', { Specification: { Container: {}, ComputeResourceRequirements: { MinMemoryRequiredInMb: 127 } } }],
    [
      'a start of more than an hour',
      {
        Specification: {
          Container: {},
          ComputeResourceRequirements: { MinMemoryRequiredInMb: 128 },
          StartupParameters: { ModelDataDownloadTimeoutInSeconds: 3601 },
        },
      },
      'ModelDataDownloadTimeoutInSeconds',
    ],
  ])('refuses to create one with %s', async (_what, more, words = 'Specification') => {
    const refused = expect(models.create('a', more)).rejects;
    await refused.toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
    await expect(models.create('a', more)).rejects.toThrow(words);
    expect((await models.list({})).InferenceComponents).toEqual([]);
  });

  it('takes names of one and of 63 characters', async () => {
    for (const name of ['a', 'a'.repeat(63), 'a--b']) await models.create(name);
  });

  it.each(['Creating', 'Updating', 'Deleting'])('refuses to change one in state %s', async (state) => {
    await models.create('a');
    if (state !== 'Creating') pass(pace.create);
    if (state === 'Updating') await models.scale('a', 2);
    if (state === 'Deleting') await models.remove('a');
    const before = await models.state('a');
    for (const call of [() => models.scale('a', 1), () => models.update('a', 512), () => models.remove('a')]) {
      await expect(call()).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(call()).rejects.toThrow(`in state ${state}`);
    }
    expect(await models.state('a')).toBe(before);
  });

  it('finds nothing under another name', async () => {
    for (const call of [
      () => models.describe('b'),
      () => models.scale('b', 1),
      () => models.update('b', 512),
      () => models.remove('b'),
    ])
      await expect(call()).rejects.toThrow(`Could not find inference component "${arn('b')}".`);
  });

  it('answers what a test wants it to, and does nothing else', async () => {
    models.world.refuse = (operation) =>
      operation === 'CreateInferenceComponent'
        ? new AwsError('ResourceLimitExceeded', 'The account-level service limit is 0 Instances')
        : undefined;
    await expect(models.create('a')).rejects.toMatchObject({ name: 'ResourceLimitExceeded' });
    expect((await models.list({})).InferenceComponents).toEqual([]);
  });
});

describe('the list', () => {
  beforeEach(async () => {
    for (const name of ['first', 'second', 'third']) {
      await models.create(name);
      pass(minute);
    }
    pass(pace.create);
    await models.remove('second');
  });

  const names = async (input: Parameters<HostedModels['list']>[0]) =>
    (await models.list(input)).InferenceComponents?.map((component) => component.InferenceComponentName);

  it.each([
    ['the newest first', {}, ['third', 'second', 'first']],
    ['the oldest first', { SortOrder: 'Ascending' as const }, ['first', 'second', 'third']],
    ['by name', { SortBy: 'Name' as const, SortOrder: 'Ascending' as const }, ['first', 'second', 'third']],
    ['by status', { SortBy: 'Status' as const }, ['third', 'first', 'second']],
    ['by part of the name', { NameContains: 'IR' }, ['third', 'first']],
    ['by status alone', { StatusEquals: 'Deleting' as const }, ['second']],
    ['by endpoint', { EndpointNameEquals: 'Inlet-ml-node' }, ['third', 'second', 'first']],
    ['by another endpoint', { EndpointNameEquals: 'other' }, []],
    ['by another variant', { VariantNameEquals: 'other' }, []],
    ['made after', { CreationTimeAfter: new Date(1_790_000_000_000) }, ['third', 'second']],
    ['made before', { CreationTimeBefore: new Date(1_790_000_060_000) }, ['first']],
    ['changed after', { LastModifiedTimeAfter: new Date(1_790_000_000_000 + pace.create + 2 * minute) }, ['second']],
  ])('gives what is asked for, %s', async (_how, input, expected) => {
    expect(await names(input)).toEqual(expected);
  });

  it('summarises', async () => {
    expect((await models.list({ NameContains: 'first' })).InferenceComponents).toEqual([summaryOf('first')]);
  });

  it('gives pages that together are the whole, though one goes between them', async () => {
    const first = await models.list({ MaxResults: 2 });
    expect(first.InferenceComponents?.map((component) => component.InferenceComponentName)).toEqual([
      'third',
      'second',
    ]);
    pass(pace.delete);
    const { NextToken = '' } = first;
    const second = await models.list({ MaxResults: 2, NextToken });
    expect(second.InferenceComponents?.map((component) => component.InferenceComponentName)).toEqual(['first']);
    expect(second.NextToken).toBeUndefined();
    await expect(models.list({ NextToken: 'mine' })).rejects.toThrow('NextToken');
  });
});

it('describes its endpoint, and no other', async () => {
  await models.create('a', { RuntimeConfig: { CopyCount: 2 } });
  const instances = async () =>
    (await models.describeEndpoint('Inlet-ml-node')).ProductionVariants?.[0]?.CurrentInstanceCount;
  expect(await instances()).toBe(0);
  pass(pace.create);
  expect(await instances()).toBe(2);
  expect(await models.describeEndpoint('Inlet-ml-node')).toMatchObject({
    EndpointStatus: 'InService',
    ProductionVariants: [
      { VariantName: 'models', ManagedInstanceScaling: { MinInstanceCount: 0, MaxInstanceCount: 3 } },
    ],
  });
  await expect(models.describeEndpoint('other')).rejects.toThrow(
    'Could not find endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint/other".',
  );
});

describe('a law', () => {
  /** From what is seen of a component to what may be seen next, whatever was called and however long nobody looked. */
  const call = fc.oneof(
    fc.record({ do: fc.constant('create' as const), copies: fc.integer({ min: 1, max: 2 }) }),
    fc.record({ do: fc.constant('scale' as const), copies: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ do: fc.constant('remove' as const), copies: fc.constant(0) }),
    fc.record({ do: fc.constant('fail' as const), copies: fc.integer({ min: 0, max: 1 }) }),
    fc.record({ do: fc.constant('room' as const), copies: fc.integer({ min: 2, max: 4 }) }),
    fc.record({ do: fc.constant('pass' as const), copies: fc.integer({ min: 1, max: 40 }) }),
  );

  it('never has more copies than asked for or than there is room for, and each component comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('a', 'b'), call), { maxLength: 25 }), async (calls) => {
        await using hosted = await hostModels();
        let mostRoom = hosted.world.room;
        for (const [name, { do: what, copies }] of calls) {
          const refusable = { create: () => hosted.create(name, { RuntimeConfig: { CopyCount: copies } }) };
          if (what === 'pass') hosted.world.time += copies * minute;
          else if (what === 'fail') hosted.world.failure = copies ? 'No luck' : undefined;
          else if (what === 'room') hosted.world.room = copies;
          else if (what === 'create') await refusable.create().catch(() => {});
          else if (what === 'scale') await hosted.scale(name, copies).catch(() => {});
          else await hosted.remove(name).catch(() => {});
          mostRoom = Math.max(mostRoom, hosted.world.room);
          const records = hosted.hosting.components.list();
          for (const record of records) {
            expect(record.current).toBeLessThanOrEqual(record.desired);
            if (record.status === 'InService') expect(record.current).toBe(record.desired);
            if (['Creating', 'Failed', 'Deleting'].includes(record.status)) expect(record.current).toBe(0);
          }
          expect(records.reduce((sum, { current }) => sum + current, 0)).toBeLessThanOrEqual(mostRoom);
        }
        hosted.world.time += pace.patience + pace.create + 1;
        for (const { status } of hosted.hosting.components.list()) expect(['InService', 'Failed']).toContain(status);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlet-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps components and targets, which go on while the server is down', async () => {
    let time: number;
    {
      await using hosted = await hostModels(folder);
      await hosted.create('a');
      await hosted.create('b');
      hosted.world.time += pace.create;
      await hosted.remove('b');
      await hosted.register('a', { MinCapacity: 0, MaxCapacity: 2 });
      await hosted.putPolicy('a');
      await hosted.create('c');
      time = hosted.world.time;
    }
    await using hosted = await hostModels(folder, time + pace.create);
    expect(await hosted.state('a')).toBe('InService 1 1');
    expect(await hosted.state('c')).toBe('InService 1 1');
    await expect(hosted.describe('b')).rejects.toThrow('Could not find');
    expect((await hosted.targets()).ScalableTargets).toMatchObject([{ MinCapacity: 0, MaxCapacity: 2 }]);
    expect((await hosted.policies('a')).ScalingPolicies).toMatchObject([{ PolicyName: 'calls' }]);
    expect(hosted.faults).toEqual([]);
  });

  it('is told of when it holds a damaged file', async () => {
    {
      await using hosted = await hostModels(folder);
      await hosted.create('a');
    }
    const [file = ''] = await readdir(join(folder, 'inference-components'));
    await writeFile(join(folder, 'inference-components', file), '{"name":"a"}');
    await expect(hostModels(folder)).rejects.toThrow(/holds a damaged file/);
  });

  it('takes no change that cannot be written', async () => {
    await using hosted = await hostModels(folder);
    await hosted.create('a');
    await rm(join(folder, 'inference-components'), { recursive: true });
    await expect(hosted.create('b')).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    await expect(hosted.describe('b')).rejects.toThrow('Could not find');
    expect(hosted.faults).toHaveLength(1);
  });
});
