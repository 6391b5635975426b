/** What AWS's SDKs call the services that are reached through `send`, in their variables; by the beginning of their hosts. */
const services: Readonly<Record<string, string>> = {
  'bedrock-runtime': 'BEDROCK_RUNTIME',
  'runtime.sagemaker': 'SAGEMAKER_RUNTIME',
  'api.sagemaker': 'SAGEMAKER',
  s3: 'S3',
  lambda: 'LAMBDA',
};

const awsHost = /^(.+)\.[a-z\d-]+\.amazonaws\.com(?:\.cn)?$/;

/**
 * Where the environment says that a service of AWS is instead: `AWS_ENDPOINT_URL_<SERVICE>`, else `AWS_ENDPOINT_URL`, as for every SDK.
 *
 * @returns from a host to a base URL; undefined where nothing is said, and for hosts that are not AWS's
 */
export const awsAddresses =
  (environment: Readonly<Record<string, string | undefined>>) =>
  (host: string): string | undefined => {
    const service = services[awsHost.exec(host)?.[1] ?? ''];
    // An empty variable is as good as none.
    const base = service && (environment[`AWS_ENDPOINT_URL_${service}`] || environment.AWS_ENDPOINT_URL);
    return base ? base.replace(/\/+$/, '') : undefined;
  };
