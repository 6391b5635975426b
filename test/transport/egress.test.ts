import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEgress } from '../../lib/transport/egress.ts';

const openai = 'https://api.openai.com/v1/embeddings?x=1';

describe('createEgress', () => {
  it.each([
    ['leaves addresses alone without a map', {}, openai, openai, false],
    [
      'maps all hosts',
      { '*': 'http://127.0.0.1:9000/{host}' },
      openai,
      'http://127.0.0.1:9000/api.openai.com/v1/embeddings?x=1',
      true,
    ],
    [
      'maps without the host',
      { '*': 'http://127.0.0.1:9000' },
      openai,
      'http://127.0.0.1:9000/v1/embeddings?x=1',
      true,
    ],
    [
      'takes a base that ends in a slash',
      { '*': 'http://127.0.0.1:9000/{host}/' },
      openai,
      'http://127.0.0.1:9000/api.openai.com/v1/embeddings?x=1',
      true,
    ],
    [
      'puts the host wherever it stands',
      { '*': 'http://{host}.test/{host}' },
      openai,
      'http://api.openai.com.test/api.openai.com/v1/embeddings?x=1',
      true,
    ],
    [
      'keeps a port that is not the scheme’s',
      { '*': 'http://127.0.0.1:9000/{host}' },
      'https://a.example:8443/x',
      'http://127.0.0.1:9000/a.example:8443/x',
      true,
    ],
    [
      'leaves out the scheme’s own port',
      { '*': 'http://127.0.0.1:9000/{host}' },
      'https://a.example:443/x',
      'http://127.0.0.1:9000/a.example/x',
      true,
    ],
    [
      'keeps IPv6 hosts',
      { '*': 'http://127.0.0.1:9000/{host}' },
      'http://[2606:4700::1]/x',
      'http://127.0.0.1:9000/[2606:4700::1]/x',
      true,
    ],
    [
      'maps one origin',
      { 'https://api.openai.com': 'https://proxy.example/openai' },
      openai,
      'https://proxy.example/openai/v1/embeddings?x=1',
      true,
    ],
    [
      'prefers the origin to the star',
      { '*': 'http://all.example', 'https://api.openai.com': 'http://one.example' },
      openai,
      'http://one.example/v1/embeddings?x=1',
      true,
    ],
    [
      'takes an origin in any spelling',
      { 'HTTPS://API.OpenAI.com:443/': 'http://one.example' },
      openai,
      'http://one.example/v1/embeddings?x=1',
      true,
    ],
    [
      'leaves other origins alone',
      { 'https://api.openai.com': 'http://one.example' },
      'https://api.cohere.com/v2/chat',
      'https://api.cohere.com/v2/chat',
      false,
    ],
    ['tells schemes apart', { 'http://api.openai.com': 'http://one.example' }, openai, openai, false],
    [
      'cannot be led out of its base by dots',
      { '*': 'http://127.0.0.1:9000/{host}' },
      'https://a.example/../b.example/%2e%2e/x',
      'http://127.0.0.1:9000/a.example/x',
      true,
    ],
    ['leaves what is no URL to others', { '*': 'http://127.0.0.1:9000/{host}' }, 'no url', 'no url', false],
  ])('%s', (_, map, url, target, trusted) => {
    expect(createEgress(map).resolve(url)).toEqual({ url: target, trusted });
  });

  it('keeps the percent-encoding of paths and queries byte for byte', () => {
    const { resolve } = createEgress({ '*': 'http://127.0.0.1:9000/{host}' });
    const encoded = fc
      .uint8Array({ minLength: 1, maxLength: 8 })
      .map((bytes) => `${Buffer.from(bytes).toString('hex').toUpperCase().replace(/../g, '%$&')}x`);
    fc.assert(
      fc.property(fc.array(encoded), encoded, (segments, query) => {
        const rest = `/model/${segments.join('/')}?q=${query}`;
        expect(resolve(`https://bedrock-runtime.eu-west-1.amazonaws.com${rest}`).url).toBe(
          `http://127.0.0.1:9000/bedrock-runtime.eu-west-1.amazonaws.com${rest}`,
        );
      }),
    );
  });

  const from = (key: string) =>
    `INLET_EGRESS maps from an origin such as https://api.openai.com, or from *, not from ${key}`;
  const to = (base: string) => `INLET_EGRESS maps to a base URL such as http://127.0.0.1:9000/{host}, not to ${base}`;

  it.each([
    [{ 'api.openai.com': 'http://one.example' }, from('api.openai.com')],
    [{ 'https://api.openai.com/v1': 'http://one.example' }, from('https://api.openai.com/v1')],
    [{ 'https://user@api.openai.com': 'http://one.example' }, from('https://user@api.openai.com')],
    [{ 'ftp://api.openai.com': 'http://one.example' }, from('ftp://api.openai.com')],
    [{ '*': '127.0.0.1:9000' }, to('127.0.0.1:9000')],
    [{ '*': '/{host}' }, to('/{host}')],
    [{ '*': 'ftp://one.example' }, to('ftp://one.example')],
    [{ '*': 'http://one.example/?host={host}' }, to('http://one.example/?host={host}')],
    [{ '*': 'http://one.example/#x' }, to('http://one.example/#x')],
    [{ '*': 'http://user:password@one.example' }, to('http://user:password@one.example')],
  ])('refuses %o', (map: Record<string, string>, message) => {
    expect(() => createEgress(map)).toThrow(new Error(message));
  });
});
