import { describe, expect, it } from 'vitest';
import { catalogue, catalogueEnvironment, uploadedEnvironment } from '../../lib/ml-node/catalogue.ts';

const models = Object.entries(catalogue);

describe('the catalogue', () => {
  it('has the three models of Elasticsearch', () => {
    expect(Object.keys(catalogue)).toEqual(['.multilingual-e5-small', '.elser_model_2', '.rerank-v1']);
  });

  it.each(models)('%s is set up within what SageMaker takes', (_id, model) => {
    const environment = catalogueEnvironment(model);
    // SageMaker's documented limit.
    expect(Object.keys(environment).length).toBeLessThanOrEqual(16);
    expect(environment).toMatchObject({ HF_MODEL_ID: model.hub.repository, HF_MODEL_REVISION: model.hub.revision });
    expect(model.hub.repository).toMatch(/^[\w.-]+\/[\w.-]+$/);
    expect(model.hub.revision).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each(models)(
    'a copy of %s fits one graphics card, and three copies fit eight cores and 16 GiB',
    (_id, { needs }) => {
      expect(needs.gpu.accelerators).toBe(1);
      expect(needs.cpu.accelerators).toBeUndefined();
    },
  );

  it('reserves, on processors, less than one instance of 8 cores and 16 GiB for all three', () => {
    const needs = models.map(([, model]) => model.needs.cpu);
    expect(needs.reduce((sum, { cpuCores = 0 }) => sum + cpuCores, 0)).toBeLessThan(8);
    expect(needs.reduce((sum, { memoryMb }) => sum + memoryMb, 0)).toBeLessThan(12_000);
  });

  it.each([
    ['.elser_model_2', 'splade'],
    ['.multilingual-e5-small', 'mean'],
    ['.rerank-v1', undefined],
  ])('%s is pooled by %s', (id, pooling) => {
    const model = catalogue[id];
    expect(model && catalogueEnvironment(model).POOLING).toBe(pooling);
  });

  it('reads uploaded models where SageMaker unpacks them', () => {
    expect(uploadedEnvironment(undefined)).toEqual({
      HF_MODEL_ID: '/opt/ml/model',
      AUTO_TRUNCATE: 'true',
      MAX_CLIENT_BATCH_SIZE: '32',
      PAYLOAD_LIMIT: '6291456',
    });
    expect(uploadedEnvironment('splade').POOLING).toBe('splade');
  });
});
