import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Unreadable } from '../../repository-driver.ts'
import { requireFolder } from './files.ts'

export const SUMS = 'SHA256SUMS'

/** 16 MiB: some 150,000 files. */
const SUMS_LIMIT = 16 * 1024 * 1024

export interface Sums {
  lines: { file: string; digest: string }[]
  faults: string[]
}

/** Reads the SHA256SUMS of a folder, as `sha256sum` writes it. Rejects with `Unreadable`. */
export async function readSums(folder: string): Promise<Sums> {
  await requireFolder(folder)
  const handle = await open(join(folder, SUMS)).catch((error: NodeJS.ErrnoException) => {
    throw new Unreadable(
      error.code === 'ENOENT'
        ? `The folder ${folder} has no ${SUMS}. Write one with: sha256sum *.tar.gz > ${SUMS}`
        : `${join(folder, SUMS)} cannot be read (${error.code}).`,
    )
  })
  try {
    const { size } = await handle.stat()
    if (size > SUMS_LIMIT) throw new Unreadable(`${join(folder, SUMS)} is too large: ${size} bytes.`)
    return parseSums(await handle.readFile('utf8'), join(folder, SUMS))
  } finally {
    await handle.close()
  }
}

/** `path` is for the messages. A line that is no sum at all makes the whole list untrustworthy. */
export function parseSums(text: string, path: string): Sums {
  const sums: Sums = { lines: [], faults: [] }
  const seen = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const match = /^([0-9a-fA-F]{64}) [ *](?:\.\/)?(.+)$/.exec(line)
    if (!match) throw new Unreadable(`Line ${index + 1} of ${path} is not "<64 hexadecimal digits>  <file>".`)
    const [file, digest] = [match[2]!, `sha256:${match[1]!.toLowerCase()}`]
    const fault = faultOf(file, digest, seen.get(file))
    if (fault) sums.faults.push(`Line ${index + 1} of ${path}: ${fault}`)
    else if (!seen.has(file)) sums.lines.push({ file, digest })
    seen.set(file, digest)
  }
  return sums
}

function faultOf(file: string, digest: string, before: string | undefined): string | null {
  if (/[/\\\0]/.test(file) || file === '.' || file === '..')
    return `"${file}" is not a file of this folder; it was not read.`
  if (before && before !== digest) return `${file} is listed twice with different digests; the first counts.`
  return null
}
