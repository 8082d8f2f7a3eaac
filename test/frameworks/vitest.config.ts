import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/frameworks/**/*.test.ts'],
    // The first run installs the frameworks.
    hookTimeout: 1_800_000,
    testTimeout: 600_000,
    fileParallelism: false,
    reporters: ['default'],
  },
});
