import js from '@eslint/js';
import globals from 'globals';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Each ban carries the scar that it prevents. */
const bannedSyntax = [
  {
    selector: 'TSEnumDeclaration',
    message: 'Node strips types and cannot strip an enum; use a union of string literals.',
  },
  {
    selector: 'TSParameterProperty',
    message: 'Node strips types and cannot strip a parameter property; declare the field.',
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'config.ts is the only reader of the environment; take the value as a parameter.',
  },
  {
    selector: "CallExpression[callee.property.name='allocUnsafe']",
    message: 'An incompletely overwritten buffer can show one user the bytes of another; use Buffer.alloc.',
  },
  {
    selector: "Property[key.name='rejectUnauthorized']",
    message: 'Certificate checks are never switched off, not even by an undefined value.',
  },
  {
    selector: "NewExpression[callee.name='Worker']",
    message: 'threads/worker.ts starts every worker, or one that reads TypeScript may end the process.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'data/',
      'coverage/',
      'admin-ui/web/dist/',
      'admin-ui/web/src/api/schema.d.ts',
    ],
  },
  js.configs.recommended,
  { languageOptions: { globals: globals.node } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...bannedSyntax],
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A test file is one long list of cases; its length is not a smell.
    files: ['tests/**/*.ts', 'benchmarks/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['admin-ui/web/src/**/*.{ts,tsx}'],
    languageOptions: { globals: globals.browser },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // A component is markup with a few lines of sense: its length is that of what it shows.
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  // The one place for what is banned elsewhere stands first in the ban's message.
  ...['config.ts', 'threads/worker.ts'].map((place) => ({
    files: [place],
    rules: {
      'no-restricted-syntax': ['error', ...bannedSyntax.filter(({ message }) => !message.startsWith(place))],
    },
  })),
  {
    // Command-line programs speak to people on the standard streams.
    files: ['cli/**/*.ts', 'demo/start.ts', 'docs/generate.ts', 'benchmarks/**/*.ts', 'bin/**/*.js'],
    rules: { 'no-console': 'off' },
  },
);
