import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packReproducibly } from './pack.ts'
import { sampleFile } from './sample-file.ts'

export interface SamplePackage {
  name: string
  version: string
  /** File name in the repository. */
  file: string
  /** 'sha256:…' of the file. */
  digest: string
  /** Bytes. */
  size: number
}

/** 1.2.0 starts, and then fails its health check: its catalogue lost the currency. */
export const sampleVersions = ['1.0.0', '1.1.0', '1.2.0'] as const

/**
 * Writes the packages of the sample estate and their SHA256SUMS into a directory repository. The bytes are the same each
 * time, so it may be called again.
 */
export async function buildSampleRepository(folder: string): Promise<SamplePackage[]> {
  await mkdir(folder, { recursive: true })
  const server = await readFile(sampleFile('storefront/server.mjs'), 'utf8')
  const packages: SamplePackage[] = []
  for (const version of sampleVersions) {
    const bytes = await packReproducibly({
      'waybill.json': text(manifestOf(version)),
      'server.mjs': server,
      'catalogue.json': text(catalogueOf(version)),
    })
    const file = `storefront-${version}.tar.gz`
    await writeFile(join(folder, file), bytes)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    packages.push({ name: 'storefront', version, file, digest, size: bytes.length })
  }
  const sums = packages.map(({ digest, file }) => `${digest.slice(7)}  ${file}\n`)
  await writeFile(join(folder, 'SHA256SUMS'), sums.join(''))
  return packages
}

function manifestOf(version: string) {
  const requires = { node: '>=20' }
  return {
    name: 'storefront',
    version,
    platform: 'any',
    arch: 'any',
    entry: 'server.mjs',
    health: '/healthz',
    requires,
  }
}

function catalogueOf(version: string) {
  const items = Array.from({ length: version === '1.0.0' ? 400 : 480 }, (_, index) => ({
    name: `Item ${String(index + 1).padStart(3, '0')}`,
    price: 5 + ((index * 37) % 90),
  }))
  return { ...(version === '1.2.0' ? {} : { currency: 'USD' }), items }
}

const text = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
