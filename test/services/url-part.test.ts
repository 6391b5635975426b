import { describe, expect, it } from 'vitest';
import { urlPart } from '../../lib/services/url-part.ts';

describe('a part of a URL', () => {
  it.each([
    ['model-1.0_x~', 'model-1.0_x~'],
    ['amazon.titan-embed-text-v2:0', 'amazon.titan-embed-text-v2%3A0'],
    ['a/../b?c#d&e=f g', 'a%2F..%2Fb%3Fc%23d%26e%3Df%20g'],
    ['ü😀', '%C3%BC%F0%9F%98%80'],
    ['\ud83d', '%EF%BF%BD'],
    ['', ''],
  ])('%j is %j', (text, part) => {
    expect(urlPart(text)).toBe(part);
  });

  it('is refused where it is longer than any address', () => {
    expect(urlPart('x'.repeat(65_536))).toHaveLength(65_536);
    expect(() => urlPart('x'.repeat(65_537))).toThrow(
      expect.objectContaining({
        status: 400,
        type: 'illegal_argument_exception',
        message: 'A part of the URL has [65537] characters, no more than [65536] are taken',
      }),
    );
  });
});
