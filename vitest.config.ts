import { configDefaults, defineConfig } from 'vitest/config'
import vue from '@vitejs/plugin-vue'

// type-graphql imports the CommonJS build of graphql; one realm for all needs one file for all.
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const oxc = { decorator: { legacy: true } }

// What measures seconds, counts what a kill leaves behind or keeps both cores busy: each of these has the machine to itself.
const alone = [
  'e2e/budget',
  'e2e/chaos',
  'e2e/demo',
  'e2e/kill-discovery',
  'e2e/killed-at-start',
  'e2e/live',
  'e2e/wall',
  'integration/sequencer',
  'integration/subscribers',
].map((name) => `test/${name}.test.ts`)
const exclude = [...configDefaults.exclude, ...alone]

// A test waits more than it computes: as many files at once as there are cores, which is one more than Vitest would take.
const workers = { maxWorkers: '100%' }
const database = { globalSetup: ['test/support/global-database.ts'] }
const browser = {
  testTimeout: 300_000,
  hookTimeout: 180_000,
  // A page may take its time on a busy machine; the default of a second is for what runs in this process.
  expect: { poll: { timeout: 15_000 } },
}

/** One project per purpose of test (ARCHITECTURE.md, "Tests"). */
const project = (name: string, extra: object = {}) => ({
  resolve: { alias },
  oxc,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...workers,
    ...extra,
  },
})

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('contract'),
      project('integration', { ...database, exclude }),
      { ...project('dashboard', { environment: 'happy-dom' }), plugins: [vue()] },
      project('e2e', { ...browser, exclude, sequence: { groupOrder: 1 } }),
      project('alone', { ...database, ...browser, include: alone, maxWorkers: 1, sequence: { groupOrder: 2 } }),
    ],
  },
})
