import { describe, expect, it } from 'vitest';
import { awsAddresses } from '../../lib/transport/aws-addresses.ts';
import { createEgress } from '../../lib/transport/egress.ts';

const bedrock = 'bedrock-runtime.eu-west-1.amazonaws.com';
const own = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:4566' };
const all = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4500' };

describe('awsAddresses', () => {
  it.each([
    ['says nothing where the environment does not', {}, bedrock, undefined],
    ['takes the variable of the service', own, bedrock, 'http://127.0.0.1:4566'],
    ['takes the variable of all services', all, bedrock, 'http://127.0.0.1:4500'],
    ['prefers that of the service', { ...all, ...own }, bedrock, 'http://127.0.0.1:4566'],
    ['passes over an empty one', { ...all, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: '' }, bedrock, 'http://127.0.0.1:4500'],
    ['takes nothing from two empty ones', { AWS_ENDPOINT_URL: '' }, bedrock, undefined],
    ['takes a slash off', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4500/' }, bedrock, 'http://127.0.0.1:4500'],
    [
      'tells services apart',
      { ...own, AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: 'http://127.0.0.1:4600' },
      'runtime.sagemaker.eu-west-1.amazonaws.com',
      'http://127.0.0.1:4600',
    ],
    [
      'knows the control API of SageMaker',
      { AWS_ENDPOINT_URL_SAGEMAKER: 'http://127.0.0.1:4700' },
      'api.sagemaker.eu-west-1.amazonaws.com',
      'http://127.0.0.1:4700',
    ],
    [
      'knows S3',
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4800' },
      's3.eu-west-1.amazonaws.com',
      'http://127.0.0.1:4800',
    ],
    [
      'knows Lambda',
      { AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:4900' },
      'lambda.eu-west-1.amazonaws.com',
      'http://127.0.0.1:4900',
    ],
    ['leaves other services of AWS alone', all, 'sqs.eu-west-1.amazonaws.com', undefined],
    ['leaves other hosts alone', all, `${bedrock}.example`, undefined],
    ['leaves hosts alone that only end like them', all, 'a.bedrock-runtime.eu-west-1.amazonaws.com', undefined],
  ])('%s', (_, environment, host, base) => {
    expect(awsAddresses(environment)(host)).toBe(base);
  });
});

describe('createEgress with addresses of AWS', () => {
  const url = `https://${bedrock}/model/a%3A0/invoke`;

  it.each([
    ['goes where the environment says, as the operator’s address', {}, 'http://127.0.0.1:4566/model/a%3A0/invoke'],
    [
      'follows its own map first',
      { '*': 'http://127.0.0.1:9000/{host}' },
      `http://127.0.0.1:9000/${bedrock}/model/a%3A0/invoke`,
    ],
  ])('%s', (_, map, target) => {
    expect(createEgress(map, awsAddresses(own)).resolve(url)).toEqual({ url: target, trusted: true });
  });

  it('leaves other hosts to the guard', () => {
    const other = 'https://api.openai.com/v1/embeddings';
    expect(createEgress({}, awsAddresses(all)).resolve(other)).toEqual({ url: other, trusted: false });
  });
});
