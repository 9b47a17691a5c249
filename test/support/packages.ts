import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack, type Header } from 'tar-stream'

export const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A .tar.gz of these entries; a string is a file's text. */
export async function anArchive(entries: Record<string, string | Partial<Header>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, entry] of Object.entries(entries)) {
    if (typeof entry === 'string') archive.entry({ name, mtime: new Date(0) }, entry)
    else archive.entry({ name, mtime: new Date(0), ...entry } as Header)
  }
  archive.finalize()
  return gzipSync(await buffer(Readable.from(archive)), { level: 0 })
}

export interface PackageSpec {
  name?: string
  version: string
  platform?: string
  arch?: string
  /** Makes the bytes differ. */
  content?: string
}

export const aManifest = ({ name = 'storefront', version, platform = 'any', arch = 'any' }: PackageSpec) =>
  JSON.stringify({ name, version, platform, arch, entry: 'server.mjs', health: '/healthz' })

export const aPackage = (spec: PackageSpec) =>
  anArchive({ 'waybill.json': aManifest(spec), 'server.mjs': spec.content ?? `// ${spec.version}` })

/** Writes files and their SHA256SUMS; `sums` puts other digests there than the files have. Answers the digests by file. */
export async function writeRepository(
  folder: string,
  files: Record<string, Buffer>,
  sums: Record<string, string> = {},
): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true })
  const digests: Record<string, string> = {}
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(join(folder, name), bytes)
    digests[name] = digestOf(bytes)
  }
  const lines = Object.entries({ ...digests, ...sums }).map(([name, digest]) => `${digest.slice(7)}  ${name}\n`)
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''))
  return digests
}
