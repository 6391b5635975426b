import { describe, expect, it } from 'vitest';
import { baseUrl, readTarget } from './target.ts';

describe('the target of the deployment suite', () => {
  it.each([
    { environment: {}, name: 'emulator' },
    { environment: { AWS_ENDPOINT_URL: 'http://localhost:4566' }, name: 'localstack' },
    { environment: { DEPLOYMENT_TARGET: 'emulator', AWS_ENDPOINT_URL: 'http://localhost:4566' }, name: 'emulator' },
    { environment: { DEPLOYMENT_TARGET: 'aws', PROVIDER_URL: 'https://provider.example' }, name: 'aws' },
  ])('is $name given $environment', ({ environment, name }) => {
    expect(readTarget(environment).name).toBe(name);
  });

  it.each([
    { environment: { DEPLOYMENT_TARGET: 'azure' }, sentence: 'takes emulator, localstack, aws, not azure' },
    { environment: { DEPLOYMENT_TARGET: 'aws' }, sentence: 'PROVIDER_URL must be' },
    {
      environment: {
        DEPLOYMENT_TARGET: 'aws',
        PROVIDER_URL: 'https://a.example',
        AWS_ENDPOINT_URL: 'http://localhost',
      },
      sentence: 'would not reach AWS',
    },
  ])('is refused given $environment', ({ environment, sentence }) => {
    expect(() => readTarget(environment)).toThrow(sentence);
  });

  const outputs = { ApiId: 'abc123', ApiUrl: 'https://abc123.execute-api.us-east-1.amazonaws.com/v1/' };
  it.each([
    { environment: {}, url: 'https://abc123.execute-api.us-east-1.amazonaws.com/v1' },
    {
      environment: { AWS_ENDPOINT_URL: 'http://localhost:4566' },
      url: 'http://localhost:4566/_aws/execute-api/abc123/v1',
    },
    {
      environment: { AWS_ENDPOINT_URL: 'http://localhost:4566', API_BASE_URL: 'https://inlet.example/' },
      url: 'https://inlet.example',
    },
  ])('answers at $url given $environment', ({ environment, url }) => {
    expect(baseUrl(environment, outputs)).toBe(url);
  });
});
