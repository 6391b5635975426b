// The one place that knows on what the suite runs. Everything else is written against AWS.

type Environment = Readonly<Record<string, string | undefined>>;

const targets = {
  /** The emulator of CI, which the suite starts by itself (emulator/). */
  emulator: {
    /** Answers reach the caller piece by piece. */
    streams: true,
    /** The status of a function that failed or ran out of time: the emulator and AWS take it from the stack. */
    failedFunction: 500,
    /** The emulator's own environment reaches the functions, and there stand the addresses of the stand-ins. */
    reachesStandIns: true,
    cdkContext: [],
  },
  /** LocalStack in Docker, started by hand (docs/deploying.md). */
  localstack: {
    streams: false,
    failedFunction: 502,
    reachesStandIns: true,
    cdkContext: ['streaming=off'],
  },
  /** An account of AWS. The functions know nothing of the suite: an ML node is none, and the provider must have a public address. */
  aws: {
    streams: true,
    failedFunction: 500,
    reachesStandIns: false,
    cdkContext: [],
  },
} as const;

export type TargetName = keyof typeof targets;
export type Target = { readonly name: TargetName } & (typeof targets)[TargetName];

const isTargetName = (name: string): name is TargetName => Object.hasOwn(targets, name);

/**
 * `DEPLOYMENT_TARGET`; else whatever listens at `AWS_ENDPOINT_URL` is taken for LocalStack, and without that the emulator is started.
 * An account is never meant by default.
 *
 * @throws Error with a sentence for the person who runs the suite
 */
export const readTarget = ({ DEPLOYMENT_TARGET, AWS_ENDPOINT_URL, PROVIDER_URL }: Environment): Target => {
  const name = DEPLOYMENT_TARGET || (AWS_ENDPOINT_URL ? 'localstack' : 'emulator');
  if (!isTargetName(name)) throw new Error(`DEPLOYMENT_TARGET takes ${Object.keys(targets).join(', ')}, not ${name}`);
  if (name === 'aws' && AWS_ENDPOINT_URL) throw new Error('AWS_ENDPOINT_URL is set, so this would not reach AWS');
  if (name === 'aws' && !PROVIDER_URL?.startsWith('https://'))
    throw new Error('PROVIDER_URL must be the public https address of "node test/deployment/stand-ins/main.ts"');
  return { name, ...targets[name] };
};

/** The stage that `infra/api.ts` makes. */
const stage = 'v1';

/** Where the API answers: `API_BASE_URL`, else the emulator's address for it, else the one that the stack names. */
export const baseUrl = (
  { API_BASE_URL, AWS_ENDPOINT_URL }: Environment,
  { ApiId, ApiUrl }: { readonly ApiId: string; readonly ApiUrl: string },
): string => {
  const emulated = AWS_ENDPOINT_URL && `${AWS_ENDPOINT_URL}/_aws/execute-api/${ApiId}/${stage}`;
  return (API_BASE_URL || emulated || ApiUrl).replace(/\/+$/, '');
};
