/** 50 callers on the shared limiter; prints when the first calls passed, in true time, as JSON, and how many writes that took. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lib/limits/clock.ts';
import { sharedLimiter } from '../../lib/limits/shared-limiter.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';

const [endpoint = '', table = '', perMinute = '', most = '', error = ''] = process.argv.slice(2);
const client = new DynamoDBClient(clientFor(endpoint));
let writes = 0;
client.middlewareStack.add(
  (next, { commandName }) =>
    (args) => {
      if (commandName === 'UpdateItemCommand') writes += 1;
      return next(args);
    },
  { step: 'initialize' },
);

/** So long that a busy machine makes no process fall back to a bucket of its own. */
const patience = { first: 20_000, later: 20_000 };
/** This process's clock is wrong by so many milliseconds. */
const clock = { ...systemClock, now: () => Date.now() + Number(error) };
const limiter = sharedLimiter({ client, table, clock, patience, log: console });
const passes: number[] = [];
const done = new AbortController();

const visit = async (): Promise<void> => {
  while (!done.signal.aborted) {
    const outcome = await limiter.acquire('group', Number(perMinute), 60_000, done.signal);
    if (outcome !== 'passed') throw new Error(`A caller was told ${outcome}`);
    passes.push(Date.now());
    if (passes.length >= Number(most)) done.abort();
  }
};

const ended = await Promise.allSettled(Array.from({ length: 50 }, visit));
// Whoever still waited has left.
if (!done.signal.aborted) throw new Error('Nobody passed often enough', { cause: ended });
client.destroy();
console.log(JSON.stringify({ passes, writes }));
