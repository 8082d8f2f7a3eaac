import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/frameworks/**/*.test.ts'],
    globalSetup: ['test/frameworks/install.ts'],
    hookTimeout: 1_800_000,
    testTimeout: 600_000,
    // Most of it is waiting for one thread of Python: two side by side use what there is.
    maxWorkers: 2,
    // Browsers and processes on a busy machine: what passes only then is named as flaky at the end.
    retry: 1,
    reporters: ['default', './test/outcomeReporter.mjs'],
  },
});
