import { Unusable, type PackageFacts } from '../../repository-driver.ts'
import { MANIFEST } from './archive.ts'

/** Reads a waybill.json. Rejects with `Unusable`, naming what is wrong. */
export function parseManifest(text: string): PackageFacts {
  const manifest = parse(text)
  return {
    name: word(manifest, 'name', /^[a-z0-9][a-z0-9._+-]{0,127}$/i),
    number: word(manifest, 'version', /^[a-z0-9][a-z0-9._+~:-]{0,127}$/i),
    platform: word(manifest, 'platform', /^[a-z0-9_]{1,32}$/, 'any'),
    arch: word(manifest, 'arch', /^[a-z0-9_]{1,32}$/, 'any'),
    manifest,
  }
}

function parse(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Unusable(`its ${MANIFEST} is no JSON (${(error as Error).message})`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unusable(`its ${MANIFEST} is no JSON object`)
  return value as Record<string, unknown>
}

function word(manifest: Record<string, unknown>, field: string, form: RegExp, fallback?: string): string {
  const value = manifest[field] ?? fallback
  if (typeof value === 'string' && form.test(value)) return value
  const seen = value === undefined ? 'is missing' : `is ${JSON.stringify(value).slice(0, 80)}, which is no ${field}`
  throw new Unusable(`in its ${MANIFEST} "${field}" ${seen}`)
}
