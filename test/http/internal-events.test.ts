import { describe, expect, it } from 'vitest';
import { internalEvent, withInternalEvents } from '../../lib/http/internal-events.ts';
import { createLog } from '../../lib/log.ts';
import { sweepEvent } from '../../lib/ml-node/names.ts';

const never = new AbortController().signal;

const manage = (failure?: Error) => {
  const done: string[] = [];
  const lines: string[] = [];
  const run = async (what: string) => {
    done.push(what);
    if (failure) throw failure;
  };
  const respond = withInternalEvents(
    async ({ path }) => ({ statusCode: 200, headers: {}, body: path }),
    { wake: (deployment) => run(`wake ${deployment}`), sweep: () => run('sweep') },
    createLog('info', (line) => lines.push(line)),
  );
  return { respond, done, lines };
};

describe('manage', () => {
  it('answers callers as before', async () => {
    const { respond, done } = manage();
    const answer = await respond({ httpMethod: 'PUT', path: '/_inference/x', body: '{"inlet":"sweep"}' }, never);
    expect(answer).toEqual({ statusCode: 200, headers: {}, body: '/_inference/x' });
    expect(done).toEqual([]);
  });

  it.each([
    [{ inlet: 'wake', deployment: 'mine' }, 'wake mine'],
    [sweepEvent, 'sweep'],
  ] as const)('does what the event %j says', async (event, expected) => {
    const { respond, done, lines } = manage();
    expect(await respond(event, never)).toEqual({ statusCode: 204, headers: {}, body: '' });
    expect(done).toEqual([expected]);
    expect(lines).toHaveLength(1);
  });

  it('logs an event that fails, and fails itself, which Lambda counts', async () => {
    const { respond, lines } = manage(new Error('no node'));
    await expect(respond(sweepEvent, never)).rejects.toThrow('no node');
    expect(lines.join('')).toContain('no node');
  });

  it.each([
    [{ inlet: 'other' }],
    [{ inlet: 'wake' }],
    [{ inlet: 'wake', deployment: '' }],
    [{ inlet: 'sweep', deployment: 'mine' }],
  ])('knows no event %j', (event) => {
    expect(internalEvent.safeParse(event).success).toBe(false);
  });
});
