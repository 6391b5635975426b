import * as z from 'zod';
import { queueFull } from '../api/errors.ts';
import type { Call } from '../services/service.ts';
import { limitGroup } from './limit-group.ts';
import type { Outlet } from './outlet.ts';
import { parseOnce } from './parse-once.ts';

/** Why a call failed whose turn would come after its deadline: it is told as one whose time is over. */
export class NoSlotInTime extends Error {
  override readonly name = 'NoSlotInTime';
}

/** Where services keep their limit. */
const limited = z.object({ rate_limit: z.object({ requests_per_minute: z.number() }) });

/**
 * Waits until the rate limit of its group lets a request to a service go out. It is asked for once per request: attempts that
 * follow a failed one take no slot of their own, in Elasticsearch neither.
 *
 * @param url - what is called; the host counts as it is asked for, wherever `INLET_EGRESS` leads
 * @throws NoSlotInTime; InferenceError 429 when too many wait; the signal's reason
 * @see the contract, §14
 */
export const takeSlot = async <S extends object, T, K>(
  { service, secrets, limiter, deadline }: Outlet<S, T, K>,
  { id, settings }: Call<S, T>,
  url: string,
  signal: AbortSignal,
): Promise<void> => {
  const parts = service.rateLimitGroup?.(settings);
  if (!parts) return;
  const perMinute = parseOnce(limited, settings).rate_limit.requests_per_minute;
  const host = URL.parse(url)?.host ?? '';
  const group = limitGroup({ service: service.name, secrets, host, parts, perMinute });
  const outcome = await limiter.acquire(group, perMinute, deadline.remaining(), signal);
  switch (outcome) {
    case 'passed':
      return;
    case 'too_late':
      throw new NoSlotInTime();
    case 'queue_full':
      throw queueFull(id, group);
  }
};
