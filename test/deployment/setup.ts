import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmulator } from './emulator/start.ts';
import { startStandIns } from './stand-ins/server.ts';
import { readTarget, type Target, type TargetName } from './target.ts';

/** What the tests know of where they run, besides the variables of the AWS SDK. */
export type Place = {
  readonly target: TargetName;
  /** For what `cdk deploy` writes. */
  readonly folder: string;
  /** The provider as functions call it. */
  readonly provider: string;
  /** The stand-ins as the tests call them. */
  readonly standIns: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    place: Place;
  }
}

/** A name that no resolver knows: only where it is mapped to the stand-in does a call get anywhere. */
const provider = 'https://provider.test';

/** One access key per emulator, since the CDK remembers the account of each. */
const emulatorAccount = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  CDK_DEFAULT_ACCOUNT: '000000000000',
};

const sdkEnvironment = (target: Target, folder: string) => ({
  ...(target.name !== 'aws' && { ...emulatorAccount, AWS_EC2_METADATA_DISABLED: 'true', CDK_HOME: folder }),
  ...(target.name !== 'aws' && { AWS_REGION: 'us-east-1', CDK_DEFAULT_REGION: 'us-east-1' }),
});

type Started = { readonly provider: string; readonly standIns: string; readonly stop: () => Promise<void> };

/** The variables by which SDKs, and the functions, find the services of AWS that emulators lack. */
const sageMakerAt = (address: string) => ({
  AWS_ENDPOINT_URL_SAGEMAKER: address,
  AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: address,
  AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: address,
});

/** On LocalStack's own settings for its functions, see docs/deploying.md: it has been started before. */
const standInsFor = { emulator: { host: '127.0.0.1', port: 0 }, localstack: { host: '0.0.0.0', port: 9099 } };

const startAround = async (target: Target): Promise<Started> => {
  const { PROVIDER_URL: given } = process.env;
  if (target.name === 'aws') return { provider: given ?? '', standIns: given ?? '', stop: async () => {} };
  const standIns = await startStandIns(standInsFor[target.name]);
  const address = `http://127.0.0.1:${standIns.port}`;
  // For the suite's own looks, and for `npm run admin`.
  Object.assign(process.env, sageMakerAt(address));
  if (target.name === 'localstack') return { provider, standIns: address, stop: standIns.close };
  try {
    const emulator = await startEmulator({
      INLET_EGRESS: JSON.stringify({ [provider]: address }),
      ...sageMakerAt(address),
    });
    process.env.AWS_ENDPOINT_URL = emulator.endpoint;
    const stop = async () => {
      await emulator.stop();
      await standIns.close();
    };
    return { provider, standIns: address, stop };
  } catch (error) {
    await standIns.close();
    throw error;
  }
};

/** Starts what the target needs around the deployment; the tests deploy. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const target = readTarget(process.env);
  const folder = await mkdtemp(join(tmpdir(), 'inlet-deployment-'));
  // The tests' processes inherit them, and so do the SDK and the CDK in those.
  Object.assign(process.env, sdkEnvironment(target, folder));
  const { stop, ...addresses } = await startAround(target);
  provide('place', { target: target.name, folder, ...addresses });
  return async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
}
