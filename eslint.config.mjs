import eslint from '@eslint/js';
import globals from 'globals';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { LAYERS, UNIVERSAL_GLOBALS } from './scripts/layers.mjs';
import { importTable } from './scripts/lint/importTable.mjs';

const pureFolders = LAYERS.filter((layer) => layer.runtime === 'pure').map((layer) => `${layer.folder}/**/*.ts`);

/** Every global of Node and of browsers that ECMAScript itself does not define. */
const impureGlobals = [...new Set([...Object.keys(globals.node), ...Object.keys(globals.browser)])].filter(
  (name) => !(name in globals.es2025) && !UNIVERSAL_GLOBALS.includes(name),
);

const clockAndChance = [
  { object: 'Date', property: 'now', message: 'Pure layers have no clock: take the time as a parameter.' },
  { object: 'Math', property: 'random', message: 'Pure layers have no randomness: take a seeded generator.' },
];

export default defineConfig(
  { ignores: ['dist/', 'out/', 'coverage/', 'test-results/', '.tools/', '**/.venv*/', 'types/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-constructor-return': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'array-callback-return': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Columns in typed arrays are indexed in loops whose bounds the compiler cannot see.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An index that noUncheckedIndexedAccess does not cover is worth a check at run time.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // The rule mistakes interfaces with a single generic method for noise.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { house: { rules: { 'import-table': importTable } } },
    rules: { 'house/import-table': 'error' },
  },
  {
    files: pureFolders,
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', ...clockAndChance],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']",
          message: 'Pure layers have no clock: take the time as a parameter.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests feed wrong shapes on purpose and read JSON that they then check.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: globals.node },
  },
  {
    // Functions in them are handed to a page and run there.
    files: ['test/**/*.mjs', 'scripts/editor/**/*.mjs'],
    languageOptions: { globals: globals.browser },
  },
);
