import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The programs that launch.mjs can start: `server/<name>.ts` becomes `dist/server/<name>.js`. */
const programs: Record<string, string> = {
  main: './main.ts',
  demo: './demo.ts',
  query: './query.ts',
  export: './export.ts',
  import: './import.ts',
  'audit-verify': './audit-verify.ts',
  'idml-certify': './idml-certify.ts',
  'idml-write': './idml-write.ts',
}

const input = Object.entries(programs)
  .map(([name, file]) => [name, here(file)] as const)
  .filter(([, file]) => existsSync(file))

export default defineConfig({
  root: here('.'),
  oxc: { decorator: { legacy: true } },
  build: {
    ssr: true,
    outDir: here('../dist/server'),
    emptyOutDir: true,
    target: 'node22',
    sourcemap: true,
    rolldownOptions: { input: Object.fromEntries(input) },
  },
})
