import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RateLimiter } from '../inference/ports.ts';
import { createBuckets } from './buckets.ts';
import { type Clock, systemClock } from './clock.ts';
import { dynamoSlotTable } from './dynamo-slot-table.ts';
import { paceOf } from './pace.ts';
import { processLimiter } from './process-limiter.ts';
import { sharedBucket } from './shared-bucket.ts';
import type { SlotTable } from './slot-table.ts';

type Common = {
  readonly clock?: Clock;
  /** A number from 0 to below 1. */
  readonly random?: () => number;
  /** How long the table may hold a call, in milliseconds: one for which a connection is opened, and each other. */
  readonly patience?: { readonly first: number; readonly later: number };
  readonly log: { readonly warn: (message: string, fields: { readonly error: unknown }) => void };
};

const usualPatience = { first: 1000, later: 50 };
/** After so many milliseconds without a request the connection may be gone: processes on Lambda stand still between calls. */
const idleMs = 15_000;
const warnEveryMs = 60_000;
const mostBuckets = 1000;

/**
 * A limit that processes share through a table of slots.
 *
 * In any 60 s no more calls pass than the limit plus the larger of 1 and 1 %, whatever the processes' clocks say, as long as the
 * table answers. While it is slow or down, the process uses a bucket of its own, which the others know nothing of.
 */
export const slotLimiter = ({ table, ...options }: Common & { readonly table: SlotTable }): RateLimiter => {
  const { clock = systemClock, random = Math.random, patience = usualPatience, log } = options;
  // With shared limits no queue is ever full.
  const own = processLimiter({ clock, queueCapacity: Number.POSITIVE_INFINITY });
  const buckets = createBuckets<ReturnType<typeof sharedBucket>>(mostBuckets);
  /** When the last request to the table ended. */
  let lastEnd = Number.NEGATIVE_INFINITY;
  let isDown = false;
  let warnAgainAt = Number.NEGATIVE_INFINITY;

  const onEnd = (error?: unknown): void => {
    isDown = error !== undefined;
    lastEnd = clock.now();
    if (!isDown || clock.now() < warnAgainAt) return;
    warnAgainAt = clock.now() + warnEveryMs;
    log.warn('The rate-limit table is slow or down; this process uses buckets of its own', { error });
  };

  /** A table that is down holds nobody for long, however long ago that was. */
  const patienceNow = (): number => (!isDown && clock.now() > lastEnd + idleMs ? patience.first : patience.later);

  return {
    acquire: async (group, perMinute, remaining, signal) => {
      signal.throwIfAborted();
      const deadline = clock.now() + remaining;
      const pace = paceOf(perMinute);
      const name = `${group}/${Math.floor(random() * pace.items)}`;
      const create = () => sharedBucket({ name, pace, table, clock, patience: patienceNow, onEnd });
      const outcome = await buckets.get(name, create).acquire(remaining, signal);
      if (outcome !== 'no_table') return outcome;
      return own.acquire(group, perMinute, deadline - clock.now(), signal);
    },
  };
};

type SharedLimiterOptions = Common & {
  readonly client: DynamoDBClient;
  /** Its key is `bucket`, its time to live `expires` (seconds since 1970). */
  readonly table: string;
};

/**
 * The limit of `slotLimiter` in a DynamoDB table. A call makes at most one write there, or shares one with others of its process;
 * only where the bucket turned busy or idle since the process last used it, a second follows one that was refused.
 */
export const sharedLimiter = ({ client, table, ...options }: SharedLimiterOptions): RateLimiter => {
  const { clock = systemClock, patience = usualPatience } = options;
  const slots = dynamoSlotTable({ client, table, now: clock.now, timeout: patience.first });
  return slotLimiter({ ...options, table: slots });
};
