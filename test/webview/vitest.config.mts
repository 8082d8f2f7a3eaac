import { defineConfig } from 'vitest/config';

/** The run page in a real browser; `npx vitest run --config test/webview/vitest.config.mts`. */
export default defineConfig({
  test: {
    include: ['test/webview/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // Browsers and processes on a busy machine: what passes only then is named as flaky at the end.
    retry: 1,
    reporters: ['default', './test/outcomeReporter.mjs'],
  },
});
