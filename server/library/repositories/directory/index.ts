import { isAbsolute } from 'node:path'
import type { Readable } from 'node:stream'
import { Unusable, type PackageFacts, type RepositoryDriver } from '../../repository-driver.ts'
import { openFile } from './files.ts'
import { MANIFEST, readManifestText } from './archive.ts'
import { parseManifest } from './manifest.ts'
import { readSums } from './sums.ts'

/** A folder of .tar.gz files, each with a waybill.json inside, and a SHA256SUMS as `sha256sum` writes it. */
export const directory: RepositoryDriver = {
  kind: 'directory',
  title: 'Folder with SHA256SUMS',
  configFields: [
    {
      name: 'folder',
      title: 'Folder',
      help: 'Absolute path, on the machine that runs Waybill, of the folder with the packages and their SHA256SUMS.',
      required: true,
    },
  ],
  checkConfig(config) {
    const { folder, ...unknown } = config
    const faults = Object.keys(unknown).map((name) => `A directory repository has no setting ${name}.`)
    if (typeof folder !== 'string' || folder === '') faults.push('Say which folder: an absolute path.')
    else if (folder.includes('\0')) faults.push('The path of the folder holds a zero byte.')
    else if (!isAbsolute(folder)) faults.push(`The path of the folder must be absolute; ${folder} is not.`)
    return faults
  },
  async list(config) {
    const folder = config.folder as string
    const { lines, faults } = await readSums(folder)
    const offers = lines.map(({ file, digest }) => ({
      file,
      digest,
      named: nameOf(file),
      open: () => openFile(folder, file),
    }))
    return { offers, faults }
  },
  async describe(file, open): Promise<PackageFacts> {
    if (!/\.(tar\.gz|tgz)$/.test(file)) throw new Unusable('it is no .tar.gz')
    return parseManifest(await manifestOf(open))
  },
}

async function manifestOf(open: () => Promise<Readable>): Promise<string> {
  const text = await readManifestText(await open())
  if (text === null) throw new Unusable(`it holds no ${MANIFEST} at its top`)
  return text
}

/** `storefront-1.1.0.tar.gz` → storefront, 1.1.0. */
function nameOf(file: string): { name: string; number: string } | null {
  const match = /^(.+?)-(\d[^/]*)\.(?:tar\.gz|tgz)$/.exec(file)
  return match ? { name: match[1]!, number: match[2]! } : null
}
