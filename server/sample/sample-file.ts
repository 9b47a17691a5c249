import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * A file of server/sample as it lies in the project, also when the server runs from a bundle elsewhere in it: looks upward
 * from the running file for the folder that has it.
 */
export function sampleFile(path: string): string {
  const wanted = join('server', 'sample', path)
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, wanted))) return join(folder, wanted)
    if (folder === dirname(folder))
      throw new Error(`The sample estate needs ${wanted}, which is not in this installation.`)
  }
}
