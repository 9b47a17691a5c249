import type { Rollup } from 'vite'

/** By so many pages and parts that load later a module is used before it travels with the others. */
const SHARED = 3

/** Each icon is a file of its own, and one module that names all of them leads to each. */
const ICON = /@lucide\/vue\/.*\/icons\/([^/]+)\.m?js$/
const TAKES_ICONS = /import\s*\{([^}]+)\}\s*from\s*['"]@lucide\/vue['"]/g

interface Modules {
  getModuleInfo(id: string): Pick<Rollup.ModuleInfo, 'importedIds' | 'code'> | null
}

/**
 * What many pages use and the first one does not need is one file, not thirty: over HTTP/1.1 a browser fetches six at a
 * time, and each costs a turn to the server.
 */
export function sharedParts(entry: string) {
  let first: Set<string> | null = null
  const name = (id: string, modules: Modules) => ((first ??= reachedFrom(entry, modules)).has(id) ? null : 'parts')
  // A part would otherwise take along what it imports, and with that all of the first file.
  return { includeDependenciesRecursively: false, groups: [{ name, debugName: 'parts', minShareCount: SHARED }] }
}

/** The entry with all that it imports at once; of the icons, which it reaches all, those that it names. */
function reachedFrom(entry: string, modules: Modules): Set<string> {
  const reached = new Set([entry])
  const named = new Set<string>()
  for (const id of reached) {
    const { importedIds = [], code } = modules.getModuleInfo(id) ?? {}
    for (const each of importedIds) reached.add(each)
    for (const [, names] of code?.matchAll(TAKES_ICONS) ?? [])
      for (const name of names!.split(',')) named.add(plain(name.split(/\sas\s/)[0]!))
  }
  for (const id of reached) {
    const icon = ICON.exec(id)?.[1]
    if (icon && !named.has(plain(icon))) reached.delete(id)
  }
  return reached
}

/** `ArrowDown` and `arrow-down` are one icon. */
const plain = (name: string) => name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()
