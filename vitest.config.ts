import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Against tests that hang. Some start whole servers, on machines that are busy with others.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['lib/**', 'functions/**', 'local/**', 'infra/**'],
      reporter: ['text-summary', 'lcov'],
    },
  },
});
