/** A server on the loopback interface that answers like an AWS service. */
export type StandIn = {
  /** For the SDK's `endpoint`: `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
};

/** Settings of an SDK client for a stand-in, which takes any region and any credentials. */
export const clientFor = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
