import { describe, expect, it } from 'vitest';
import { contentItem, textItem } from '../../lib/api/content-item.ts';
import { parseEmbeddingRequest } from '../../lib/api/embedding-request.ts';
import { bodyOf } from './bodies.ts';
import { errorsOf } from './error-chain.ts';
import refusals from './rows/content-item.json' with { type: 'json' };

describe('contentItem', () => {
  it.each([
    [
      { type: 'text', value: '' },
      { type: 'text', format: 'text', value: '' },
    ],
    [
      { type: ' TEXT ', format: 'Text', value: 'a' },
      { type: 'text', format: 'text', value: 'a' },
    ],
    [
      { type: 'image', value: 'data:image/png;base64,' },
      { type: 'image', format: 'base64', value: 'data:image/png;base64,' },
    ],
    [
      { type: 'audio', format: 'base64', value: 'data:audio/wav;codecs=1;base64,AA' },
      { type: 'audio', format: 'base64', value: 'data:audio/wav;codecs=1;base64,AA' },
    ],
    [
      { type: 'video', value: 'data:video/mp4;base64,A,A' },
      { type: 'video', format: 'base64', value: 'data:video/mp4;base64,A,A' },
    ],
    [
      { type: 'pdf', value: 'data:application/pdf;base64,AA' },
      { type: 'pdf', format: 'base64', value: 'data:application/pdf;base64,AA' },
    ],
  ])('reads %j', (sent, item) => {
    expect(contentItem.parse(sent)).toEqual(item);
  });

  it('takes 255 characters in front of the comma', () => {
    const value = `data:video/${'x'.repeat(237)};base64,AA`;
    expect(contentItem.parse({ type: 'video', value })).toEqual({ type: 'video', format: 'base64', value });
  });

  it.each(refusals)('is refused: $when', ({ body, errors }) => {
    expect(errorsOf(() => parseEmbeddingRequest(bodyOf(body)))).toEqual(errors);
  });
});

describe('textItem', () => {
  it('is what a bare text stands for', () => {
    expect(textItem('a')).toEqual(contentItem.parse({ type: 'text', value: 'a' }));
  });
});
