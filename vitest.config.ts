import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['lib/**', 'functions/**', 'local/**', 'infra/**'],
      reporter: ['text-summary', 'lcov'],
    },
  },
});
