import { enableCompileCache } from 'node:module';

// Before other modules are loaded, here and in the threads and processes to come: all starts but the first take half the time.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE = directory;

const [{ startLocalServer }, { greeting }, { stopOnSignals }, { ConfigError }, { StartError }] = await Promise.all([
  import('./start.ts'),
  import('./greeting.ts'),
  import('./stop-on-signals.ts'),
  import('../lib/config.ts'),
  import('./start-error.ts'),
]);

try {
  const { origin, apiKey, stop, log } = await startLocalServer(process.env);
  stopOnSignals(stop, (error) => log.error('The server did not stop cleanly', { error }));
  process.stdout.write(greeting(origin, apiKey));
} catch (error) {
  // What the person who starts it can mend needs no stack.
  const isExpected = error instanceof ConfigError || error instanceof StartError;
  console.error(isExpected ? error.message : error);
  process.exit(1);
}
