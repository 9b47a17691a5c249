import { configDefaults, defineConfig } from 'vitest/config'
import vue from '@vitejs/plugin-vue'

// type-graphql imports the CommonJS build of graphql; one realm for all needs one file for all.
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const oxc = { decorator: { legacy: true } }

// What measures seconds, counts what a kill leaves behind or starts many programs: each of these has the machine to itself.
const alone = ['budget', 'chaos', 'demo', 'kill-discovery', 'killed-at-start', 'live', 'wall'].map(
  (name) => `test/e2e/${name}.test.ts`,
)

// A test waits more than it computes: as many files at once as there are cores, which is one more than Vitest would take.
const workers = { maxWorkers: '100%' }
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
      project('integration', { globalSetup: ['test/support/global-database.ts'] }),
      { ...project('dashboard', { environment: 'happy-dom' }), plugins: [vue()] },
      project('e2e', { ...browser, exclude: [...configDefaults.exclude, ...alone], sequence: { groupOrder: 1 } }),
      project('alone', { ...browser, include: alone, maxWorkers: 1, sequence: { groupOrder: 2 } }),
    ],
  },
})
