import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** The SDK has no paginator for versions. */
const versionsIn = async function* (client: S3Client, bucket: string) {
  let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (from) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, ...from }),
    );
    yield [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, VersionId }],
    );
    from = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
};

/** Objects of a bucket, each of their versions counted. */
export const countObjects = async (client: S3Client, bucket: string): Promise<number> => {
  let objects = 0;
  for await (const page of versionsIn(client, bucket)) objects += page.length;
  return objects;
};

/**
 * Deletes all objects with all their versions.
 *
 * @throws Error that names the first object which S3 keeps
 */
export const emptyBucket = async (client: S3Client, bucket: string): Promise<void> => {
  for await (const Objects of versionsIn(client, bucket)) {
    if (Objects.length === 0) continue;
    const { Errors: errors } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = errors ?? [];
    if (first) throw new Error(`S3 keeps ${bucket}/${first.Key}: ${first.Message}`);
  }
};
