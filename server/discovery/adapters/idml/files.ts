import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** `appcode.hostname.timestamp[.refresh].xml`, the time with dots instead of colons; `.gz` may follow. */
const STAMPED =
  /^(?<app>[^.]+)\.(?<host>.+)\.(?<stamp>\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\dZ)(?<refresh>\.refresh)?\.xml(?:\.gz)?$/i
const BOOK = /\.xml(\.gz)?$/i

export interface BookName {
  appCode: string
  hostname: string
  /** As in the name, e.g. 2026-11-22T10.55.40Z: sorts by time. */
  stamp: string
  refresh: boolean
}

/** What the name of a book says; undefined for one without a stamp. */
export function bookNameOf(file: string): BookName | undefined {
  const { app, host, stamp, refresh } = STAMPED.exec(file)?.groups ?? {}
  if (!app || !host || !stamp) return undefined
  return { appCode: app, hostname: host, stamp, refresh: refresh !== undefined }
}

/** The name that a refresh book gets when it is whole. Until then `.partial` follows. */
export function refreshBookName(appCode: string, hostname: string, at: Date): string {
  const stamp = at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '.')
  const safe = (text: string) => text.replace(/[^\w@.-]+/g, '-')
  return `${safe(appCode).replaceAll('.', '-')}.${safe(hostname)}.${stamp}.refresh.xml`
}

/** The books of a folder in the order of reading: by stamp, then those without one by name. What is still written ends otherwise. */
export async function booksIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => !entry.isDirectory() && BOOK.test(entry.name)).map(({ name }) => name)
  const order = (name: string) => `${bookNameOf(name)?.stamp ?? '~'} ${name}`
  return names.sort((one, other) => (order(one) < order(other) ? -1 : 1))
}

/** A new stream over the bytes of a book, unpacked if its name ends in .gz. */
export const openBook = (folder: string, name: string) => (): Readable =>
  unpacked(name, createReadStream(join(folder, name)))

export function unpacked(name: string, bytes: Readable): Readable {
  if (!/\.gz$/i.test(name)) return bytes
  const gunzip = createGunzip()
  // The error reaches whoever reads `gunzip`; destroying that one ends the file too.
  pipeline(bytes, gunzip, () => {})
  return gunzip
}
