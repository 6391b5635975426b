import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { limitGroup } from '../../lib/inference/limit-group.ts';
import { parseOnce } from '../../lib/inference/parse-once.ts';

/** Counts how often it parses. */
const countingSchema = () => {
  let parsed = 0;
  const schema = z.object({ model_id: z.string() }).transform(({ model_id }) => {
    parsed += 1;
    return { model: model_id };
  });
  return { schema, count: () => parsed };
};

describe('what is stored', () => {
  it('is parsed once as long as it is the same object, by each schema', () => {
    const [first, second] = [countingSchema(), countingSchema()];
    const stored = { model_id: 'm' };
    expect(parseOnce(first.schema, stored)).toEqual({ model: 'm' });
    expect(parseOnce(first.schema, stored)).toBe(parseOnce(first.schema, stored));
    expect(parseOnce(second.schema, stored)).toEqual({ model: 'm' });
    expect([first.count(), second.count()]).toEqual([1, 1]);
  });

  it('is parsed anew when it was read anew, also where it says the same', () => {
    const { schema, count } = countingSchema();
    parseOnce(schema, { model_id: 'm' });
    expect(parseOnce(schema, { model_id: 'n' })).toEqual({ model: 'n' });
    expect(count()).toBe(2);
  });

  it('fails each time when it does not fit', () => {
    const { schema } = countingSchema();
    const stored = { model_id: 1 };
    expect(() => parseOnce(schema, stored)).toThrow(z.ZodError);
    expect(() => parseOnce(schema, stored)).toThrow(z.ZodError);
  });
});

describe('the group of a rate limit', () => {
  const group = (secrets: object) => limitGroup({ service: 's', secrets, host: 'h.test', parts: ['m'], perMinute: 60 });

  it('follows the secrets, whichever object they come in', () => {
    const secrets = { api_key: 'a' };
    const known = group(secrets);
    expect(group(secrets)).toBe(known);
    expect(group({ api_key: 'a' })).toBe(known);
    expect(group({ api_key: 'b' })).not.toBe(known);
  });
});
