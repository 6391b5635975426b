import { setImmediate as settled } from 'node:timers/promises';
import type { Clock } from '../../lib/limits/clock.ts';

type Event = { readonly at: number; readonly action: () => void };

/** Time that passes only when told to, in milliseconds since 1970. */
export type VirtualTime = {
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** A process's clock, which may be wrong by `error` milliseconds. */
  readonly clock: (error?: number) => Clock;
  /** How much is still to happen. */
  readonly pending: () => number;
  /** Lets so many milliseconds pass, and all that happens in them happen. */
  readonly pass: (milliseconds: number) => Promise<void>;
};

export const virtualTime = (): VirtualTime => {
  let time = 1_790_000_000_250;
  /** The next one first. */
  const events: Event[] = [];

  const after: Clock['after'] = (milliseconds, action) => {
    const event = { at: time + Math.max(0, milliseconds), action };
    let place = events.length;
    while (place > 0 && (events[place - 1]?.at ?? 0) > event.at) place -= 1;
    events.splice(place, 0, event);
    return () => {
      const found = events.indexOf(event);
      if (found >= 0) events.splice(found, 1);
    };
  };

  return {
    now: () => time,
    wait: (milliseconds) => new Promise((resolve) => after(milliseconds, resolve)),
    pending: () => events.length,
    clock: (error = 0) => ({ now: () => time + error, after }),
    pass: async (milliseconds) => {
      const end = time + milliseconds;
      for (;;) {
        await settled();
        const [next] = events;
        if (!next || next.at > end) break;
        events.shift();
        time = next.at;
        next.action();
      }
      time = end;
    },
  };
};
