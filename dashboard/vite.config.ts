import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import router from 'vue-router/vite'
import { inlineDocuments } from './vite/inline-documents.ts'
import { pageFiles } from './vite/page-files.ts'
import { packFiles } from './vite/pack-files.ts'
import { preloadTextFont } from './vite/preload-text-font.ts'
import { sharedParts } from './vite/shared-parts.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where `npm run dev` of the server listens; the development server of the dashboard passes the API on to it. */
const api = 'http://127.0.0.1:4000'

export default defineConfig({
  root: here('.'),
  plugins: [
    router({ routesFolder: here('./src/pages'), dts: here('./src/typed-router.d.ts'), root: here('..') }),
    inlineDocuments(here('./src')),
    vue(),
    tailwind(),
    preloadTextFont(),
    packFiles(),
    pageFiles(here('./src/pages')),
  ],
  build: {
    outDir: here('../dist/dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    // Fonts as files only: a base64 font in the entry CSS would block the first paint.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 450,
    rolldownOptions: { output: { codeSplitting: sharedParts(here('./src/main.ts')) } },
  },
  server: {
    proxy: {
      '/graphql': { target: api, ws: true },
      '/files': { target: api },
    },
  },
})
