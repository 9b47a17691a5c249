import type { Rollup } from 'vite'

/** By so many pages and parts that load later a module is used before it travels with the others. */
const SHARED = 3

interface Modules {
  getModuleInfo(id: string): Pick<Rollup.ModuleInfo, 'importedIds'> | null
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

/** The entry with all that it imports at once. */
function reachedFrom(entry: string, modules: Modules): Set<string> {
  const reached = new Set([entry])
  for (const id of reached) for (const each of modules.getModuleInfo(id)?.importedIds ?? []) reached.add(each)
  return reached
}
