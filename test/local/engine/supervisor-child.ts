import { startEngine } from '../../../local/engine/supervisor.ts';

/*
 * A process with an engine, to be killed: tells its parent the engine's process id.
 */

const ignore = () => {};
await startEngine({
  modelDirs: [process.argv[2] ?? ''],
  models: {},
  log: { debug: ignore, info: (_message, fields) => process.send?.(fields?.pid), warn: ignore, error: ignore },
});
