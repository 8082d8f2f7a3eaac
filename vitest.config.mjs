import { defineConfig } from 'vitest/config';
import { mutateConstants } from './test/unit/monitors/mutation/mutateConstants.mjs';

export default defineConfig({
  plugins: [mutateConstants()],
  test: {
    include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'],
    // There to end what hangs, not to measure: a machine with two busy cores takes ten times as long as a quiet one.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // Browsers and processes on a busy machine: what passes only then is named as flaky at the end.
    retry: 1,
    reporters: ['default', './test/outcomeReporter.mjs'],
  },
});
