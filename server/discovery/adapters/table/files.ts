/** The files of a table: one that was handed in, the one that the config names, or all of a folder. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ReadOrder } from '../adapter.ts'
import { isGiven } from './config.ts'

export const ENDINGS = ['.csv', '.tsv', '.json'] as const

export interface TableFile {
  name: string
  /** Its bytes from the beginning, anew at each call. */
  open(): Readable
}

export async function filesOf({ upload, product: { config } }: ReadOrder): Promise<TableFile[]> {
  if (upload) return [upload]
  if (!isGiven(config.path)) throw new Error('No file is set: hand one in, or set the file or folder.')
  const paths = await pathsOf(String(config.path))
  if (paths.length === 0) throw new Error(`The folder ${String(config.path)} holds no ${ENDINGS.join(', ')} file.`)
  return paths.map((path) => ({ name: basename(path), open: () => createReadStream(path) }))
}

/** In the order of their names; what is still written ends otherwise. */
export async function pathsOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path, { withFileTypes: true })).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    )
    return names
      .filter((name) => ENDINGS.some((ending) => name.toLowerCase().endsWith(ending)))
      .toSorted()
      .map((name) => join(path, name))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = { ENOENT: 'it does not exist', EACCES: 'Waybill may not read it' }[code ?? ''] ?? message
    throw new Error(`${path} cannot be read: ${why}.`, { cause: error })
  }
}
