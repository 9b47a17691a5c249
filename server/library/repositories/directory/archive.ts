import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { Unusable } from '../../repository-driver.ts'

export const MANIFEST = 'waybill.json'

/** 256 KiB: a manifest is a page of text. */
const MANIFEST_LIMIT = 256 * 1024
/** 4 GiB unpacked: what is larger is no package but a bomb. */
const ARCHIVE_LIMIT = 4 * 1024 ** 3

/**
 * The text of the manifest at the top of a .tar.gz, or null if it has none. Walks the whole archive, so that one with an
 * entry that would land outside its folder is refused here and not on a host. Rejects with `Unusable`.
 */
export async function readManifestText(stream: Readable): Promise<string | null> {
  const archive = extract()
  const gunzip = createGunzip()
  let unpacked = 0
  gunzip.on('data', (chunk: Buffer) => {
    unpacked += chunk.length
    if (unpacked > ARCHIVE_LIMIT) gunzip.destroy(new Unusable('it unpacks to more than 4 GiB'))
  })
  for (const part of [stream, gunzip]) part.on('error', (error) => archive.destroy(error))
  stream.pipe(gunzip).pipe(archive as unknown as NodeJS.WritableStream)
  try {
    let manifest: string | null = null
    for await (const entry of archive) {
      const name = placeOf(entry.header)
      if (name === MANIFEST && entry.header.type === 'file')
        manifest = await textOf(entry as AsyncIterable<Buffer>, entry.header)
      else entry.resume()
    }
    return manifest
  } catch (error) {
    throw unusable(error)
  } finally {
    stream.destroy()
    gunzip.destroy()
  }
}

/** The entry's path without a leading `./`. */
function placeOf(header: Header): string {
  if (leavesFolder(header.name)) throw new Unusable(`its entry "${header.name}" leads outside its folder`)
  if (header.type === 'symlink' || header.type === 'link') {
    const from = header.type === 'symlink' ? header.name.split('/').slice(0, -1).join('/') : ''
    const to = header.linkname ?? ''
    if (to.startsWith('/') || leavesFolder(from ? `${from}/${to}` : to))
      throw new Unusable(`its link "${header.name}" leads outside its folder, to "${to}"`)
  }
  return header.name.replace(/^(\.\/)+/, '')
}

function leavesFolder(path: string): boolean {
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0')) return true
  let depth = 0
  for (const part of path.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

async function textOf(entry: AsyncIterable<Buffer>, header: Header): Promise<string> {
  if ((header.size ?? 0) > MANIFEST_LIMIT)
    throw new Unusable(`its ${MANIFEST} is ${header.size} bytes; at most ${MANIFEST_LIMIT} are read`)
  const chunks: Buffer[] = []
  for await (const chunk of entry) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Errors of the formats become `Unusable`; those of the disk stay what they are. */
function unusable(error: unknown): unknown {
  if (error instanceof Unusable || !(error instanceof Error)) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code.startsWith('Z_')) return new Unusable(`it is no whole .tar.gz (${error.message})`)
  if (/tar|header|unexpected end of data/i.test(error.message))
    return new Unusable(`it is no whole tar archive (${error.message})`)
  return error
}
