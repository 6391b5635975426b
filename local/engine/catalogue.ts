import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import type { ModelManifest } from '../../lib/ml-node/manifest.ts';
import { downloadModel } from './download.ts';
import type { ModelDetails } from './model.ts';
import { findModelFolder } from './model-files.ts';
import type { HubModel } from './models.ts';
import type { EngineSettings } from './settings.ts';
import { backendFailed, notFound } from './tei-error.ts';
import { findUploaded, manifestOf } from './uploaded.ts';

/** Where a model's files lie; an uploaded one has a manifest. */
export type FoundModel = { readonly folder: string; readonly manifest?: ModelManifest };

export type Catalogue = {
  /**
   * A model, loaded: at its first use it is looked up, downloaded where it is a built-in one, and loaded; calls that come
   * meanwhile wait for the same. After a failure the next call tries again.
   *
   * @throws TeiError 404 when there is no such model, 424 when it cannot be downloaded or loaded
   */
  readonly get: (model: string) => Promise<ModelDetails>;
  /** Loads the built-in models whose files are there, one after the other. Failures are logged. */
  readonly loadPresent: () => Promise<void>;
};

/**
 * The models that the engine can serve: the built-in ones and those with a manifest by their id, and any other folder as `org/name`.
 *
 * @param load - loads a model into the inference thread; `patient` when no call waits for it
 */
export const createCatalogue = (
  settings: EngineSettings,
  load: (model: string, found: FoundModel, how: { readonly patient: boolean }) => Promise<ModelDetails>,
  log: Log,
): Catalogue => {
  const models = new Map<string, Promise<ModelDetails>>();
  const dirs = settings.downloadDir === undefined ? settings.modelDirs : [...settings.modelDirs, settings.downloadDir];

  const entryOf = (model: string) => (Object.hasOwn(settings.models, model) ? settings.models[model] : undefined);

  const findBuiltIn = async (model: string) => {
    const entry = entryOf(model);
    return (
      entry && ((await findModelFolder(dirs, entry.folder)) ?? (await findModelFolder(dirs, entry.hub.repository)))
    );
  };

  const download = async (model: string, hub: HubModel, downloadDir: string): Promise<string> => {
    const folder = join(downloadDir, hub.repository);
    try {
      await downloadModel(hub, settings.hub, folder, log);
    } catch (error) {
      log.error('A model could not be downloaded', { model, error });
      throw backendFailed(`Model [${model}] has no files here, and ${error instanceof Error ? error.message : error}`);
    }
    return folder;
  };

  const findUploadedModel = async (model: string): Promise<FoundModel | undefined> => {
    const folder = await findUploaded(dirs, model);
    if (folder === undefined) return undefined;
    try {
      return { folder, manifest: await manifestOf(folder) };
    } catch (error) {
      throw backendFailed(`Model [${model}] cannot be loaded. ${error instanceof Error ? error.message : error}`);
    }
  };

  const find = async (model: string): Promise<FoundModel> => {
    const entry = entryOf(model);
    if (entry === undefined) {
      const uploaded = await findUploadedModel(model);
      if (uploaded !== undefined) return uploaded;
      const folder = isFolderName(model) ? await findModelFolder(dirs, model) : undefined;
      if (folder === undefined) throw notFound(`There is no model [${model}]`);
      return { folder };
    }
    const folder = await findBuiltIn(model);
    if (folder !== undefined) return { folder };
    if (settings.downloadDir !== undefined) return { folder: await download(model, entry.hub, settings.downloadDir) };
    throw backendFailed(
      `Model [${model}] has no files in ${dirs.join(', ')}, and there is no folder to download it to`,
    );
  };

  const open = async (model: string, how: { readonly patient: boolean }): Promise<ModelDetails> => {
    const found = await find(model);
    const start = performance.now();
    const details = await load(model, found, how);
    const milliseconds = Math.round(performance.now() - start);
    log.info('A model is loaded', { model, folder: found.folder, milliseconds });
    return { ...details, kind: entryOf(model)?.kind ?? details.kind };
  };

  const get = (model: string, how = { patient: false }): Promise<ModelDetails> => {
    const known = models.get(model);
    if (known) return known;
    const opened = open(model, how);
    models.set(model, opened);
    opened.catch(() => models.delete(model));
    return opened;
  };

  return {
    get: (model) => get(model),
    loadPresent: async () => {
      for (const model of Object.keys(settings.models)) {
        if ((await findBuiltIn(model)) === undefined) continue;
        await get(model, { patient: true }).catch((error: unknown) =>
          log.error('A model could not be loaded', { model, error }),
        );
      }
    },
  };
};

/** `org/name`, and no way out of the model folder. */
const isFolderName = (model: string): boolean =>
  /^[\w.-]+\/[\w.-]+$/.test(model) && !model.split('/').some((part) => part === '.' || part === '..');
