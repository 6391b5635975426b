import * as z from 'zod';
import { inputs } from './component-inputs.ts';
import type { ComponentRecord } from './component-record.ts';

const container = inputs.create.shape.Specification.transform(({ Container }) => Container ?? {});

/** `s3://<bucket>/<model id>/<archive>` */
const artifact = z.string().regex(/^s3:\/\/[^/]+\/([^/]+)\/[^/]+$/);

/**
 * The model that a component's container would serve, as the engine calls it: a built-in one by its repository on the hub, an
 * uploaded one by where its archive lies; else the repository itself, for which the engine may have a folder.
 *
 * @param builtIn - from a repository to the id of the built-in model that stands for it
 */
export const servedModel = (
  { specification }: ComponentRecord,
  builtIn: Readonly<Record<string, string>>,
): string | undefined => {
  const { ArtifactUrl: url, Environment: environment = {} } = container.parse(specification);
  if (url !== undefined) return artifact.safeParse(url).success ? artifact.parse(url).split('/')[3] : undefined;
  const { HF_MODEL_ID: repository } = environment;
  return repository === undefined || !Object.hasOwn(builtIn, repository) ? repository : builtIn[repository];
};
