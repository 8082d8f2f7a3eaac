import { defineConfig } from 'vitest/config';
import { mutateConstants } from './test/unit/monitors/mutation/mutateConstants.mjs';

export default defineConfig({
  plugins: [mutateConstants()],
  test: {
    include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'],
    testTimeout: 20_000,
    // Browsers and processes on a busy machine: what passes only then is named as flaky at the end.
    retry: 1,
    reporters: ['default', './test/outcomeReporter.mjs'],
  },
});
