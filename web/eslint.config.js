import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['node_modules/', 'dist/', 'build/'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Types know what is in scope; the rule knows only its own list.
      'no-undef': 'off',
      // Pages and parts are named for what they are: Room.vue, Tree.vue.
      'vue/multi-word-component-names': 'off',
    },
  },
  // The collaboration code runs anywhere: no framework, no page.
  {
    files: ['src/wire/**/*.ts', 'src/collab/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['vue', 'vue-router'], patterns: ['@codemirror/view', '@/*'] },
      ],
    },
  },
  {
    files: ['src/wire/**/*.ts', 'src/collab/**/*.ts'],
    ignores: ['src/collab/storage.ts', 'src/collab/tabs.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'window',
        'document',
        'navigator',
        'localStorage',
        'sessionStorage',
        'indexedDB',
      ],
    },
  },
  prettier,
)
