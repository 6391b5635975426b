import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonWith } from '../python-tools.ts';
import { freePort, startProcess } from '../server-process.ts';
import { dynamoDbLocal } from './dynamodb-local.ts';
import type { Tools } from './tools.ts';

/** The last release that anybody may start without an account. The pins are what it breaks without. */
const packages = [
  'localstack-core[runtime]==4.14.0',
  'service-identity',
  'cryptography<46',
  'pyopenssl==25.1.0',
  'cbor2<6',
];

/**
 * Brings LocalStack and its DynamoDB from PyPI and Maven Central, once.
 *
 * @returns the Python that has it, and its folder of libraries
 * @throws Error with the words of pip or Maven
 */
export const installLocalStack = async (tools: Tools) => {
  const [python, libraries] = await Promise.all([
    pythonWith(tools.python, 'localstack-4.14.0', packages),
    dynamoDbLocal(tools),
  ]);
  return { python, libraries };
};

/**
 * Starts LocalStack without Docker, on a free port of the loopback interface; installs it first where it is not yet. It has no
 * Lambda so, but CloudFormation, DynamoDB, Secrets Manager, S3, SSM, IAM and STS.
 *
 * @throws Error with the words of what failed
 */
export const startLocalStack = async (tools: Tools) => {
  const { python, libraries } = await installLocalStack(tools);
  const folder = await mkdtemp(join(tmpdir(), 'inlet-localstack-'));
  const data = join(folder, 'var', 'lib', 'localstack');
  await mkdir(data, { recursive: true });
  await symlink(libraries, join(data, 'lib'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startProcess({
    command: python,
    args: ['-m', 'localstack.runtime.main'],
    env: {
      PATH: `${dirname(tools.java)}:${process.env.PATH}`,
      HOME: folder,
      TMPDIR: folder,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      FILESYSTEM_ROOT: folder,
      // It takes many a virtual machine for its own container, and would write to /var/lib.
      OVERRIDE_IN_DOCKER: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      DOCKER_HOST: 'unix:///nonexistent',
    },
    health: `${endpoint}/_localstack/health`,
    patienceMs: 120_000,
  });
  return {
    endpoint,
    stop: async (): Promise<void> => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
