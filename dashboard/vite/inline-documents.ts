import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const call = /\bgraphql\(\s*`([^`]*)`,?\s*\)/g
const definition = /^\s*(?:fragment|query|mutation|subscription)\s+(\w+)/gm
const spread = /\.\.\.(?!\s*on\b)\s*(\w+)/g

/**
 * Replaces every graphql(`…`) by the text of its document with all fragments it spreads. Without it each page would
 * import the generated map of all documents of the application, and the first JavaScript would grow with every page.
 */
export function inlineDocuments(source: string): Plugin {
  let fragments = new Map<string, string>()
  return {
    name: 'waybill-inline-documents',
    enforce: 'pre',
    buildStart() {
      fragments = fragmentsBelow(source)
    },
    transform(code, id) {
      if (!id.startsWith(source) || id.includes('/gql/') || !code.includes('graphql(`')) return
      return {
        code: code.replace(call, (_, text: string) => JSON.stringify(withFragments(text, fragments))),
        map: null,
      }
    },
  }
}

/** Name → text of every fragment written in a file below `folder`. */
function fragmentsBelow(folder: string) {
  const found = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|vue)$/.test(entry) || entry.startsWith('gql/')) continue
    for (const [, text = ''] of readFileSync(join(folder, entry), 'utf8').matchAll(call)) {
      for (const [, name = ''] of text.matchAll(definition)) found.set(name, text)
    }
  }
  return found
}

/** The document and, once each, the fragments that it reaches. */
export function withFragments(text: string, fragments: ReadonlyMap<string, string>) {
  const used = new Set<string>()
  const visit = (part: string) => {
    for (const [, name = ''] of part.matchAll(spread)) {
      const fragment = fragments.get(name)
      if (!fragment) throw new Error(`The fragment ${name} is spread but written nowhere below dashboard/src.`)
      if (used.has(fragment)) continue
      used.add(fragment)
      visit(fragment)
    }
  }
  visit(text)
  return [text, ...used].map((part) => part.replace(/\s+/g, ' ').trim()).join(' ')
}
