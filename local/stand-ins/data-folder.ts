import { StartError } from '../start-error.ts';

/** The value of `INLET_DATA_DIR` that keeps nothing. */
export const inMemory = ':memory:';

/** What the system means by its codes, where its own words say it badly: of a file it says that it exists. */
const plainReasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file, not a folder',
  ENOTDIR: 'it, or what it lies in, is a file, not a folder',
};

/** `ENOSPC: no space left on device, open '…'` and LevelDB's `IO error: <file>: No space left on device`, both without the file. */
const reasonOf = ({ code = '', message }: Failure): string =>
  plainReasons[code] ?? (message.match(/^E[A-Z]+: (.*?),/)?.[1] ?? message.split(': ').at(-1) ?? message).toLowerCase();

type Failure = { readonly code?: string | undefined; readonly message: string };

/**
 * Why a data folder cannot be used, for the person who named it.
 *
 * @param failure - what Node or LevelDB said; LevelDB's lock falls with the process that holds it, so a lock means a running server
 */
export const dataFolderError = (dataDir: string, failure: Failure): StartError =>
  new StartError(
    failure.code === 'LEVEL_LOCKED'
      ? `The data folder ${dataDir} is in use by another server; stop that one, or set INLET_DATA_DIR to another folder`
      : `The data folder ${dataDir} cannot be used: ${reasonOf(failure)}`,
  );
