import type { Agent } from 'undici';

/** The connections of a process to services, at one moment. */
export type ConnectionCounts = {
  /** Carrying a request or its answer. */
  readonly leased: number;
  /** Requests that wait for a connection to be made. */
  readonly pending: number;
  /** Open, and kept for the next request. */
  readonly available: number;
};

/** Counts the connections of some pools. */
export const countConnections = (agents: readonly Agent[]): ConnectionCounts => {
  const counts = { leased: 0, pending: 0, available: 0 };
  for (const { connected, running, size } of agents.flatMap(({ stats }) => Object.values(stats))) {
    counts.leased += running;
    counts.pending += size - running;
    counts.available += Math.max(0, Number(connected) - running);
  }
  return counts;
};
