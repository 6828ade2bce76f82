import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['*.js', '.svelte-kit/', 'node_modules/', 'src/lib/gen/']),
  js.configs.recommended,
  typescript.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] }
    }
  },
  {
    rules: {
      eqeqeq: 'error',
      // TypeScript knows every name better.
      'no-undef': 'off',
      // A number in a text is what it looks like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `onclick={() => close()}` reads well, whatever close() returns.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A promise that nobody waits for is marked by `void`.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // The page is always at the root of its origin, so paths are written as they are.
      'svelte/no-navigation-without-resolve': 'off',
      // `{' '}` keeps a space that the formatter would take.
      'svelte/no-useless-mustaches': 'off'
    }
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser } },
    rules: {
      // What a rune declares changes behind the back of TypeScript's narrowing.
      '@typescript-eslint/no-unnecessary-condition': 'off'
    }
  }
);
