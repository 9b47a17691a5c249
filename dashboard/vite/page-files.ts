import { writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import type { Plugin, Rollup } from 'vite'

/** Which files a page needs beyond those of the entry, by its path: `/items/:id`. The server names them with the page. */
export type PageFiles = Record<string, string[]>

/**
 * Writes them beside the built dashboard: a browser that hears of them only from the entry fetches them when that was read
 * and carried out, while the line was idle.
 */
export function pageFiles(pages: string): Plugin {
  return {
    name: 'waybill-page-files',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      const chunks = Object.values(bundle).filter((each) => each.type === 'chunk')
      const named = new Map(chunks.map((each) => [each.fileName, each]))
      const reached = (from: Rollup.OutputChunk[]) => {
        const all = new Set(from)
        for (const each of all) for (const name of each.imports) if (named.has(name)) all.add(named.get(name)!)
        return all
      }
      const first = reached(chunks.filter(({ isEntry }) => isEntry))
      const files: PageFiles = {}
      for (const chunk of chunks) {
        const path = chunk.facadeModuleId && pathOf(relative(pages, chunk.facadeModuleId))
        if (path) files[path] = [...reached([chunk])].filter((each) => !first.has(each)).map(({ fileName }) => fileName)
      }
      await writeFile(`${dir}.pages.json`, JSON.stringify(files))
    },
  }
}

/** The address of a page's file, as vue-router reads it; undefined for what is no page or stands for every address. */
function pathOf(file: string): string | undefined {
  if (file.startsWith('..') || !file.endsWith('.vue') || file.includes('[...')) return undefined
  const parts = file.slice(0, -'.vue'.length).split(/[./\\]/)
  const said = parts.at(-1) === 'index' ? parts.slice(0, -1) : parts
  return `/${said.map((part) => part.replace(/^\[(.+)\]$/, ':$1')).join('/')}`
}
