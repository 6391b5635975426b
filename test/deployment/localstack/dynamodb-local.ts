import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../python-tools.ts';
import type { Tools } from './tools.ts';

const run = promisify(execFile);

const release = '2.6.1';

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>inlet</groupId>
  <artifactId>localstack-dynamodb</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>${release}</version>
    </dependency>
  </dependencies>
</project>
`;

/** LocalStack starts DynamoDB with an agent of its own, which it would download; nothing here needs what that does. */
const agent = `public class NoAgent {
  public static void premain(String arguments, java.lang.instrument.Instrumentation instrumentation) {}
}
`;

/** A manifest's lines have at most 72 bytes; what goes on begins with a space. */
const manifestLine = (line: string): string => (line.match(/^.{1,70}|.{1,69}/g) ?? []).join('\n ');

/** The jar that LocalStack starts: nothing but the list of those that Maven brought. */
const manifest = (jars: readonly string[]): string =>
  [
    'Main-Class: com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
    manifestLine(`Class-Path: ${jars.map((jar) => `DynamoDBLocal_lib/${jar}`).join(' ')}`),
    '',
  ].join('\n');

const build = async (folder: string, { java, javac, jar, maven }: Tools): Promise<void> => {
  const dynamo = join(folder, 'dynamodb-local', '2');
  const parts = join(folder, 'parts');
  const javaFolder = join(folder, 'java', '21', 'bin');
  await Promise.all([dynamo, parts, javaFolder].map((each) => mkdir(each, { recursive: true })));
  await symlink(java, join(javaFolder, 'java'));
  await writeFile(join(parts, 'pom.xml'), pom);
  const libraries = join(dynamo, 'DynamoDBLocal_lib');
  const copy = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`];
  await run(maven, copy, { cwd: parts });
  const jars = (await readdir(libraries)).filter((name) => name.endsWith('.jar')).toSorted();
  await writeFile(join(parts, 'main.txt'), manifest(jars));
  await run(jar, ['cfm', join(dynamo, 'DynamoDBLocal.jar'), 'main.txt', 'pom.xml'], { cwd: parts });
  await writeFile(join(parts, 'NoAgent.java'), agent);
  await run(javac, ['NoAgent.java'], { cwd: parts });
  await writeFile(join(parts, 'agent.txt'), 'Premain-Class: NoAgent\n');
  const agentJar = join(dynamo, 'ddb-local-loader-0.1.jar');
  await run(jar, ['cfm', agentJar, 'agent.txt', 'NoAgent.class'], { cwd: parts });
  await writeFile(join(dynamo, 'javassist.jar'), '');
};

/**
 * Brings AWS's own DynamoDB for one machine from Maven Central, once, and lays it out as LocalStack would have after its downloads.
 *
 * @returns LocalStack's folder of libraries
 * @throws Error with Maven's words when it cannot be had
 */
export const dynamoDbLocal = async (tools: Tools): Promise<string> => {
  const folder = join(cacheFolder, `localstack-dynamodb-${release}`);
  if ((await readdir(folder).catch(() => [])).length > 0) return folder;
  const unfinished = `${folder}-${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await build(unfinished, tools);
  await rename(unfinished, folder);
  return folder;
};
