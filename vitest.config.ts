import { defineConfig } from 'vitest/config'
import vue from '@vitejs/plugin-vue'

// type-graphql imports the CommonJS build of graphql; one realm for all needs one file for all.
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const oxc = { decorator: { legacy: true } }

/** One project per purpose of test (ARCHITECTURE.md, "Tests"). */
const project = (name: string, extra: object = {}) => ({
  resolve: { alias },
  oxc,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 60_000, ...extra },
})

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('contract'),
      project('integration', { globalSetup: ['test/support/global-database.ts'] }),
      { ...project('dashboard', { environment: 'happy-dom' }), plugins: [vue()] },
      project('e2e', {
        testTimeout: 300_000,
        hookTimeout: 180_000,
        fileParallelism: false,
        // A page may take its time on a busy machine; the default of a second is for what runs in this process.
        expect: { poll: { timeout: 15_000 } },
      }),
    ],
  },
})
