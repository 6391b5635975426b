import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: join(import.meta.dirname, '..', '..', '..'),
  test: {
    include: ['test/deployment/localstack/*.deploy.ts'],
    globalSetup: join(import.meta.dirname, 'setup.ts'),
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
