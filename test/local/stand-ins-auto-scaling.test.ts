import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostedModels, hostModels, minute, pace } from './model-hosting.ts';

let models: HostedModels;

beforeEach(async () => {
  models = await hostModels();
  await models.create('a');
  models.world.time += pace.create;
});

afterEach(async () => {
  await models[Symbol.asyncDispose]();
  expect(models.faults).toEqual([]);
});

const pass = (milliseconds: number) => {
  models.world.time += milliseconds;
};

const resource = {
  ServiceNamespace: 'sagemaker',
  ResourceId: 'inference-component/a',
  ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
};

describe('a scalable target', () => {
  it('is registered, changed in part, described and deregistered', async () => {
    const { ScalableTargetARN } = await models.register('a', { MinCapacity: 0, MaxCapacity: 4 });
    expect(ScalableTargetARN).toMatch(/^arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target\//);
    expect((await models.register('a', { MaxCapacity: 2 })).ScalableTargetARN).toBe(ScalableTargetARN);
    expect((await models.targets()).ScalableTargets).toEqual([
      {
        ...resource,
        MinCapacity: 0,
        MaxCapacity: 2,
        RoleARN: expect.stringContaining('AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint'),
        CreationTime: new Date(1_790_000_000_000 + pace.create),
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
        },
        ScalableTargetARN,
      },
    ]);
    expect((await models.targets(['inference-component/b'])).ScalableTargets).toEqual([]);
    await models.deregister('a');
    expect((await models.targets()).ScalableTargets).toEqual([]);
  });

  it.each([
    ['a component that is not there', 'b', { MinCapacity: 0, MaxCapacity: 1 }, 'does not exist'],
    ['no bounds', 'a', {}, 'are required'],
    ['more at least than at most', 'a', { MinCapacity: 2, MaxCapacity: 1 }, 'cannot be less'],
    ['less than nothing', 'a', { MinCapacity: -1, MaxCapacity: 1 }, 'MinCapacity'],
    [
      'another dimension',
      'a',
      { MinCapacity: 0, MaxCapacity: 1, ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' as const },
      'ScalableDimension',
    ],
  ])('is refused for %s', async (_what, component, bounds, words) => {
    await expect(models.register(component, bounds)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(models.register(component, bounds)).rejects.toThrow(words);
    expect((await models.targets()).ScalableTargets).toEqual([]);
  });
});

describe('a scaling policy', () => {
  beforeEach(() => models.register('a', { MinCapacity: 0, MaxCapacity: 4 }));

  it('is put, replaced, described and deleted', async () => {
    const put = await models.putPolicy('a');
    expect(put.PolicyARN).toMatch(
      /^arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:[-\da-f]{36}:resource\/sagemaker\/inference-component\/a:policyName\/calls$/,
    );
    expect(put.Alarms?.map(({ AlarmName }) => AlarmName)).toEqual([
      expect.stringContaining('AlarmHigh'),
      expect.stringContaining('AlarmLow'),
    ]);
    expect((await models.putPolicy('a', 'calls', { DisableScaleIn: true })).PolicyARN).toBe(put.PolicyARN);
    expect((await models.policies('a')).ScalingPolicies).toEqual([
      {
        ...resource,
        PolicyARN: put.PolicyARN,
        PolicyName: 'calls',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 100,
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerInferenceComponentInvocationsPerCopy' },
          DisableScaleIn: true,
        },
        Alarms: put.Alarms,
        CreationTime: new Date(1_790_000_000_000 + pace.create),
      },
    ]);
    expect((await models.policies('b')).ScalingPolicies).toEqual([]);
    await models.deletePolicy('a');
    expect((await models.policies()).ScalingPolicies).toEqual([]);
  });

  it('goes with its target', async () => {
    await models.putPolicy('a');
    await models.deregister('a');
    expect((await models.policies()).ScalingPolicies).toEqual([]);
  });

  it.each([
    ['a policy for another target', () => models.putPolicy('b'), 'No scalable target found'],
    ['no policy of that name', () => models.deletePolicy('a', 'other'), 'No scaling policy found'],
    ['no target of that name', () => models.deletePolicy('b'), 'No scaling policy found'],
    ['no target to deregister', () => models.deregister('b'), 'No scalable target found'],
  ])('finds nothing for %s', async (_what, call, words) => {
    await expect(call()).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
    await expect(call()).rejects.toThrow(words);
  });
});

describe('scaling', () => {
  it.each([
    [{ MinCapacity: 2, MaxCapacity: 3 }, 'Updating 2 1', 'InService 2 2'],
    [{ MinCapacity: 0, MaxCapacity: 0 }, 'Updating 0 0', 'InService 0 0'],
    [{ MinCapacity: 0, MaxCapacity: 3 }, 'InService 1 1', 'InService 1 1'],
  ])('brings the copies within %o', async (bounds, soon, later) => {
    await models.register('a', bounds);
    expect(await models.state('a')).toBe(soon);
    pass(pace.update);
    expect(await models.state('a')).toBe(later);
  });

  it('undoes what is asked for beyond the bounds', async () => {
    await models.register('a', { MinCapacity: 1, MaxCapacity: 2 });
    await models.scale('a', 3);
    pass(pace.update);
    expect(await models.state('a')).toBe('Updating 2 2');
    pass(pace.update);
    expect(await models.state('a')).toBe('InService 2 2');
  });

  it('goes down to the least number without calls for a while, and comes back when asked', async () => {
    await models.register('a', { MinCapacity: 0, MaxCapacity: 2 });
    await models.putPolicy('a');
    pass(pace.idle - 1);
    models.hosting.components.noteCall('a');
    pass(pace.idle - 1);
    expect(await models.state('a')).toBe('InService 1 1');
    pass(1);
    expect(await models.state('a')).toBe('Updating 0 0');
    pass(pace.update);
    expect(await models.state('a')).toBe('InService 0 0');
    await models.scale('a', 1);
    pass(pace.update);
    expect(await models.state('a')).toBe('InService 1 1');
    pass(pace.idle + pace.update);
    expect(await models.state('a')).toBe('InService 0 0');
  });

  it('counts from when there was room for its copies, where there was none', async () => {
    models.world.room = 1;
    await models.create('b');
    await models.register('b', { MinCapacity: 0, MaxCapacity: 2 });
    await models.putPolicy('b');
    pass(pace.idle + pace.create);
    expect(await models.state('b')).toBe('Creating 1 0');
    models.world.room = 2;
    expect(await models.state('b')).toBe('InService 1 1');
  });

  it('does so also while nobody looks', async () => {
    await models.register('a', { MinCapacity: 0, MaxCapacity: 2 });
    await models.putPolicy('a');
    pass(60 * minute);
    expect(await models.state('a')).toBe('InService 0 0');
  });

  it.each([
    ['without a policy', async () => {}],
    [
      'with one that only adds copies',
      async () => void (await models.putPolicy('a', 'calls', { DisableScaleIn: true })),
    ],
    [
      'once the policy is gone',
      async () => {
        await models.putPolicy('a');
        await models.deletePolicy('a');
      },
    ],
  ])('leaves an idle component alone %s', async (_how, prepare) => {
    await models.register('a', { MinCapacity: 0, MaxCapacity: 2 });
    await prepare();
    pass(60 * minute);
    expect(await models.state('a')).toBe('InService 1 1');
  });

  it('stops with the target', async () => {
    await models.register('a', { MinCapacity: 0, MaxCapacity: 2 });
    await models.putPolicy('a');
    await models.deregister('a');
    pass(60 * minute);
    expect(await models.state('a')).toBe('InService 1 1');
  });
});
