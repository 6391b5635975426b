import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { componentName, componentNamePrefix, mlNodeName, modelBucketName } from '../../lib/ml-node/names.ts';

const endpoint = fc.stringMatching(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,30}$/);
const deployment = fc.oneof(
  fc.stringMatching(/^[a-z0-9]([a-z0-9_.-]{0,80}[a-z0-9])?$/),
  fc.constantFrom('.elser-2-elasticsearch', '.rerank-v1-elasticsearch', '.multilingual-e5-small-elasticsearch'),
);

describe('the name of an inference component', () => {
  it('is one that SageMaker takes, and begins as rights expect', () => {
    fc.assert(
      fc.property(endpoint, deployment, (node, id) => {
        const name = componentName(node, id);
        expect(name).toMatch(/^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/);
        expect(name.length).toBeLessThanOrEqual(63);
        expect(name.startsWith(componentNamePrefix(node))).toBe(true);
      }),
    );
  });

  it('differs where endpoint or deployment differ', () => {
    fc.assert(
      fc.property(endpoint, deployment, endpoint, deployment, (node, id, otherNode, otherId) => {
        fc.pre(node !== otherNode || id !== otherId);
        expect(componentName(node, id)).not.toBe(componentName(otherNode, otherId));
      }),
    );
  });

  it.each([
    ['my.model', 'my-model'],
    ['my.model', 'my_model'],
    ['a'.repeat(60), 'a'.repeat(61)],
  ])('tells %s from %s, which are cut to the same', (one, other) => {
    expect(componentName('Inlet-ml-node', one)).not.toBe(componentName('Inlet-ml-node', other));
  });

  it('can be read', () => {
    expect(componentName('Inlet-ml-node', '.elser-2-elasticsearch')).toBe(
      'Inlet-ml-node-elser-2-elasticsearc-40bf8ef49b360d5e',
    );
  });
});

describe('the names made from the prefix', () => {
  it('are those of endpoint and bucket', () => {
    expect(mlNodeName('Inlet')).toBe('Inlet-ml-node');
    expect(modelBucketName('Inlet', '123456789012', 'eu-west-1')).toBe('inlet-models-123456789012-eu-west-1');
  });
});
