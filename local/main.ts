import { enableCompileCache } from 'node:module';

// Before all other modules are loaded: the second start then takes half the time.
enableCompileCache();

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
