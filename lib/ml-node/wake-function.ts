import type { Send } from '../transport/types.ts';

type WakeOptions = {
  readonly send: Send;
  readonly region: string;
  /** The function that may start deployments. */
  readonly functionName: string;
};

/** Milliseconds that Lambda may take to accept an event. */
const patience = 10_000;

/** Has `manage` start a deployment: an event, which nobody waits for. */
export const wakeByEvent =
  ({ send, region, functionName }: WakeOptions) =>
  async (deployment: string): Promise<void> => {
    const { status } = await send.whole(
      {
        url: `https://lambda.${region}.amazonaws.com/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`,
        headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
        body: JSON.stringify({ inlet: 'wake', deployment }),
      },
      { type: 'sigv4', service: 'lambda', region, credentials: 'role' },
      { signal: AbortSignal.timeout(patience) },
    );
    if (status !== 202) throw new Error(`Lambda answered ${status} to an event for ${functionName}`);
  };
