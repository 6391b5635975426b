import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files are one story, told in the order of their names. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => one.moduleId.localeCompare(other.moduleId));
  }
}

export default defineConfig({
  root: join(import.meta.dirname, '..', '..'),
  test: {
    include: ['test/deployment/suite/*.deploy.ts'],
    globalSetup: join(import.meta.dirname, 'setup.ts'),
    fileParallelism: false,
    sequence: { sequencer: ByName },
    // A bootstrap of a fresh account takes minutes.
    testTimeout: 900_000,
    hookTimeout: 60_000,
  },
});
