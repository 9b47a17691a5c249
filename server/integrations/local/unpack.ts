import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import type { Header } from 'tar-stream'
import { Refused } from '../integration.ts'
import { readJson, writeJson } from './files.ts'
import { manifestName, releaseRecordName } from './host.ts'
import type { Host, Manifest, ReleaseRecord } from './host.ts'

export interface PackageIdentity {
  name: string
  version: string
  digest: string
}

const maxEntries = 10_000
const maxBytes = 1_073_741_824 // 1 GiB unpacked

/** The folder a package is already unpacked in, known by its digest, if nobody has changed a file of it since. */
export async function findRelease(host: Host, digest: string): Promise<string | undefined> {
  for (const name of await readdir(host.releases).catch(() => [])) {
    if (name.startsWith('.')) continue
    const record = await readJson<ReleaseRecord>(join(host.releases, name, releaseRecordName))
    if (record?.digest !== digest) continue
    const folder = join(host.releases, name)
    if ((await changedFiles(folder, record)).length === 0) return folder
  }
  return undefined
}

/**
 * Unpacks a .tar.gz to `releases/<version>` and gives that folder. It appears whole or not at all, and a release that is
 * there is never changed: other bytes under the same version get a folder with the digest in its name, and so do the same
 * bytes if someone changed the files that came of them.
 * Refuses what is no package, what is for another platform, and entries that are not plain files below the release.
 */
export async function unpackPackage(host: Host, file: string, identity: PackageIdentity): Promise<string> {
  if (!/^[0-9A-Za-z][\w.+~-]{0,99}$/.test(identity.version)) {
    throw new Refused(`"${identity.version}" cannot be the name of a release folder.`)
  }
  const temporary = join(host.releases, `.unpacking-${randomUUID()}`)
  try {
    await mkdir(temporary, { recursive: true })
    const files = await extractTo(temporary, file)
    await checkManifest(temporary, identity, await platformOf(host))
    const { name, version, digest } = identity
    await writeJson(join(temporary, releaseRecordName), { name, version, digest, files } satisfies ReleaseRecord)
    return await settleInto(host, temporary, identity)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Paths of files that are not what was unpacked, or are missing. */
export async function changedFiles(folder: string, record: ReleaseRecord): Promise<string[]> {
  const changed: string[] = []
  for (const [path, expected] of Object.entries(record.files ?? {})) {
    const bytes = await readFile(join(folder, path)).catch(() => undefined)
    if (!bytes || sha256(bytes) !== expected) changed.push(path)
  }
  return changed
}

async function settleInto(host: Host, temporary: string, { version, digest }: PackageIdentity): Promise<string> {
  const short = `${version}-${digest.slice(7, 19)}`
  const names = [version, short, `${short}-${Date.now().toString(36)}`]
  for (const name of names) {
    const folder = join(host.releases, name)
    try {
      await rename(temporary, folder)
      return folder
    } catch (error) {
      const there = await readJson<ReleaseRecord>(join(folder, releaseRecordName))
      if (!there) throw error
      if (there.digest === digest && (await changedFiles(folder, there)).length === 0) return folder
    }
  }
  throw new Error(`${host.key} has other releases in ${names.join(' and ')}.`)
}

async function extractTo(folder: string, file: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const archive = extract()
  const feeding = pipeline(createReadStream(file), createGunzip(), archive)
  feeding.catch(() => {}) // awaited below; the archive's own error comes first
  let entries = 0
  let bytes = 0
  try {
    for await (const entry of archive) {
      const path = safePath(entry.header)
      if (++entries > maxEntries) throw new Refused(`The package has more than ${maxEntries} entries.`)
      bytes += entry.header.size
      if (bytes > maxBytes) throw new Refused(`The package unpacks to more than ${maxBytes} bytes.`)
      if (entry.header.type === 'directory') {
        entry.resume()
        continue
      }
      await mkdir(dirname(join(folder, path)), { recursive: true })
      files[path] = await writeEntry(join(folder, path), entry.header.mode, entry)
    }
    await feeding
  } catch (error) {
    throw asRefusal(error)
  }
  return files
}

/** Writes one file that must be new and gives its sha256. */
async function writeEntry(file: string, mode: number, content: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256')
  const handle = await open(file, 'wx', mode & 0o755)
  try {
    for await (const chunk of content) {
      hash.update(chunk as Buffer)
      await handle.writeFile(chunk as Buffer)
    }
  } finally {
    await handle.close()
  }
  return hash.digest('hex')
}

/** The path of a plain file or folder below the release, or a refusal that names the entry. */
function safePath({ name, type }: Header): string {
  if (type !== 'file' && type !== 'directory') {
    throw new Refused(`The package holds "${name}", a ${type ?? 'special file'}; only plain files are unpacked.`)
  }
  const parts = name.replace(/\/$/, '').split('/')
  const odd = name.startsWith('/') || /[\\\0:]/.test(name) || parts.some((part: string) => part === '..' || part === '')
  if (odd) throw new Refused(`The package holds "${name}", which would be written outside its folder.`)
  const path = parts.filter((part: string) => part !== '.').join('/')
  if (path === releaseRecordName)
    throw new Refused(`The package holds "${name}", which is a name the agent writes itself.`)
  return path
}

async function checkManifest(folder: string, identity: PackageIdentity, here: { platform: string; arch: string }) {
  const manifest = await readJson<Manifest>(join(folder, manifestName)).catch(() => undefined)
  if (!manifest) throw new Refused(`The package has no readable ${manifestName}.`)
  const claims = `${manifest.name} ${manifest.version}`
  const wanted = `${identity.name} ${identity.version}`
  if (claims !== wanted) throw new Refused(`The package calls itself ${claims}, but ${wanted} was ordered.`)
  for (const part of ['platform', 'arch'] as const) {
    if (manifest[part] !== 'any' && manifest[part] !== here[part]) {
      throw new Refused(`${claims} is for ${part} ${manifest[part]}; the host has ${here[part]}.`)
    }
  }
}

async function platformOf(host: Host): Promise<{ platform: string; arch: string }> {
  const facts = await readJson<{ platform: string; arch: string }>(join(host.folder, 'host.json'))
  return facts ?? { platform: process.platform, arch: process.arch }
}

/** Broken archives are refused; trouble of this machine (a full disk) is not the archive's fault. */
function asRefusal(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  const system = code !== undefined && /^E[A-Z]+$/.test(code)
  if (error instanceof Refused || system) return error
  return new Refused(`The package is not a readable .tar.gz: ${message}.`)
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
