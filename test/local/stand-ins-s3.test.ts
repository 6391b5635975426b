import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findUploaded } from '../../local/engine/uploaded.ts';
import { startS3 } from '../../local/stand-ins/s3.ts';
import { clientFor, type StandIn } from '../../local/stand-ins/stand-in.ts';

const manifest = '{"task_type":"rerank"}\n';

let folder: string;
let s3: StandIn;
let client: S3Client;
let faults: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-'));
  await mkdir(join(folder, 'Org', 'Name', 'onnx'), { recursive: true });
  await writeFile(join(folder, 'Org', 'Name', 'inlet.json'), manifest);
  await writeFile(join(folder, 'Org', 'Name', 'onnx', 'inlet.json'), manifest);
  await writeFile(join(folder, 'Org', 'Name', 'weights.onnx'), '…');
  faults = [];
  s3 = await startS3({
    bucket: 'inlet-models',
    folderOf: (id) => findUploaded([folder], id),
    log: { error: (_message, { error }) => faults.push(error) },
  });
  client = new S3Client({ ...clientFor(s3.endpoint), forcePathStyle: true, maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await s3.close();
  await rm(folder, { recursive: true });
});

const get = async (Key: string, Bucket = 'inlet-models') => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
};

describe('the bucket of uploaded models', () => {
  it('gives the manifest of a folder, as it is now', async () => {
    expect(await get('org__name/inlet.json')).toBe(manifest);
    await writeFile(join(folder, 'Org', 'Name', 'inlet.json'), '{}');
    expect(await get('org__name/inlet.json')).toBe('{}');
    expect(faults).toEqual([]);
  });

  it('says how long it is', async () => {
    const { ContentLength, ContentType, ETag } = await client.send(
      new HeadObjectCommand({ Bucket: 'inlet-models', Key: 'org__name/inlet.json' }),
    );
    expect({ ContentLength, ContentType }).toEqual({ ContentLength: 23, ContentType: 'application/json' });
    expect(ETag).toMatch(/^"[\da-f]{32}"$/);
  });

  it.each([
    'org__other/inlet.json',
    'Org__Name/inlet.json',
    'org__name/tokenizer.json',
    'org__name/weights.onnx',
    'org__name/onnx/inlet.json',
    'org__name/../../inlet.json',
    '../inlet.json',
    'org__name',
    'inlet.json',
    '<&>/inlet.json',
  ])('has no object %s', async (key) => {
    await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    expect(faults).toEqual([]);
  });

  it('is the only one, and takes nothing', async () => {
    await expect(get('org__name/inlet.json', 'other')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    const put = new PutObjectCommand({ Bucket: 'inlet-models', Key: 'org__name/inlet.json', Body: 'a' });
    await expect(client.send(put)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
    expect((await fetch(`${s3.endpoint}/inlet-models/%zz/inlet.json`)).status).toBe(404);
    expect(faults).toEqual([]);
  });

  it('tells of a file that cannot be read', async () => {
    await mkdir(join(folder, 'Org', 'Name', 'tokenizer.json'));
    await expect(get('org__name/tokenizer.json')).rejects.toMatchObject({ name: 'InternalError' });
    expect(faults).toHaveLength(1);
  });
});
