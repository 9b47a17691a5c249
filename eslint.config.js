import { configureVueProject, defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'

configureVueProject({ scriptLangs: ['ts'], rootDir: import.meta.dirname })

/** ESLint's own max-lines has one severity; the house has a limit that warns and one that refuses. */
const softLimit = {
  meta: { type: 'suggestion', schema: [{ type: 'number' }] },
  create: (context) => ({
    'Program:exit'() {
      const [most] = context.options
      const { length } = context.sourceCode.lines
      if (length <= most) return
      const message = `${length} lines; above ${most} a file usually has a second subject that wants its own.`
      context.report({ loc: { line: most + 1, column: 0 }, message })
    },
  }),
}

const hardLimit = (max) => ({ 'max-lines': ['error', { max }] })

const code = ['server/**/*.{ts,mjs}', 'dashboard/**/*.{ts,vue}']

/** Layout is Prettier's; this is about meaning. No rule needs type information, so a run takes seconds. */
export default defineConfigWithVueTs(
  { ignores: ['dist/**', 'dashboard/src/gql/**', 'dashboard/**/*.d.ts', 'test/output/**'] },
  vue.configs['flat/essential'],
  vueTsConfigs.recommended,
  accessibility.configs['flat/recommended'],
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'smart'],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-unneeded-ternary': 'error',
      'no-else-return': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: code,
    plugins: { house: { rules: { 'soft-limit': softLimit } } },
    rules: { 'house/soft-limit': ['warn', 250], ...hardLimit(400) },
  },
  { files: ['test/**/*.ts'], rules: hardLimit(600) },
  {
    files: ['server/**/*.ts', 'dashboard/src/**/*.ts', 'test/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only: one name for one thing, everywhere.' },
        { selector: 'ExportAllDeclaration', message: 'No barrel files: import from where it is written.' },
      ],
    },
  },
  { files: ['server/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    // What tools load wants a default export.
    files: ['**/vite.config.ts', '**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['dashboard/src/**/*.vue'],
    rules: {
      'vue/multi-word-component-names': 'off', // pages are named after their route
      'vue/no-v-html': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-unused-properties': 'error',
      'vue/no-useless-v-bind': 'error',
      'vue/require-explicit-emits': 'error',
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/html-button-has-type': 'error',
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // A page whose only purpose is a form may put the cursor into its first field.
      'vuejs-accessibility/no-autofocus': 'off',
    },
  },
  {
    // There <Select> is our component, which brings its own label, not the element.
    files: ['dashboard/src/{features,pages}/**/*.vue'],
    rules: { 'vuejs-accessibility/form-control-has-label': 'off' },
  },
)
