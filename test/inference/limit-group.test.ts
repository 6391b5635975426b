import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limitGroup } from '../../lib/inference/limit-group.ts';

const example = {
  service: 'openai',
  secrets: { api_key: 'sk-secret', organization_id: 'org' },
  host: 'api.openai.com',
  parts: ['text-embedding-3-small', undefined],
  perMinute: 3000,
};

it('is one name of 64 hexadecimal digits', () => {
  expect(limitGroup(example)).toMatch(/^[0-9a-f]{64}$/);
  expect(limitGroup({ ...example })).toBe(limitGroup(example));
});

it('does not depend on the order of the secrets', () => {
  const secrets = { organization_id: 'org', api_key: 'sk-secret' };
  expect(limitGroup({ ...example, secrets })).toBe(limitGroup(example));
});

it.each([
  { title: 'service', change: { service: 'azureopenai' } },
  { title: 'secret', change: { secrets: { api_key: 'sk-other', organization_id: 'org' } } },
  { title: 'name of a secret', change: { secrets: { token: 'sk-secret', organization_id: 'org' } } },
  { title: 'number of secrets', change: { secrets: { api_key: 'sk-secret' } } },
  { title: 'host', change: { host: 'localhost:8080' } },
  { title: 'model', change: { parts: ['text-embedding-3-large', undefined] } },
  { title: 'number of parts', change: { parts: ['text-embedding-3-small'] } },
  { title: 'limit', change: { perMinute: 3001 } },
])('is another with another $title', ({ change }) => {
  expect(limitGroup({ ...example, ...change })).not.toBe(limitGroup(example));
});

it('keeps apart what looks alike when written in a row', () => {
  const text = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', '"', ',', '[') });
  const group = fc.record({ service: text, host: text, parts: fc.array(text, { maxLength: 2 }) });
  fc.assert(
    fc.property(group, group, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(limitGroup({ ...example, ...one }) === limitGroup({ ...example, ...other })).toBe(isSame);
    }),
  );
});

it('shows nothing of a secret', () => {
  const secret = fc.string({ minLength: 4 });
  fc.assert(
    fc.property(secret, (api_key) => {
      const group = limitGroup({ ...example, secrets: { api_key } });
      const bytes = Buffer.from(group, 'hex');
      expect(group.includes(api_key)).toBe(false);
      expect(bytes.includes(Buffer.from(api_key))).toBe(false);
    }),
  );
});
