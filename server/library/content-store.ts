import { createHash, randomUUID, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** 'sha256:' and 64 lower-case hexadecimal digits. */
export type Digest = string

/** The bytes do not have the digest that they should have; nothing of them was kept. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch'
  constructor(
    readonly expected: Digest,
    readonly actual: Digest,
    /** Bytes that were read. */
    readonly size: number,
  ) {
    super(`The bytes have the digest ${actual}, not ${expected}.`)
  }
}

/** Where Waybill keeps the bytes of packages, by their digest: written once, never changed. */
export interface ContentStore {
  /** The file of a digest, whether it is there or not. */
  pathOf(digest: Digest): string
  /** Keeps the bytes and answers their number. Rejects with DigestMismatch, keeping nothing. */
  put(stream: Readable, digest: Digest): Promise<number>
  has(digest: Digest): Promise<boolean>
  /** Number of bytes, or null if it is not there. */
  sizeOf(digest: Digest): Promise<number | null>
  /** A stream over the bytes that ends with DigestMismatch, instead of ending, if they were damaged meanwhile. */
  open(digest: Digest): Promise<Readable>
}

declare module '../kernel/context.ts' {
  interface Services {
    contentStore: ContentStore
  }
}

/** Opens the store below a data folder: `blobs/sha256/ab/ab12…`. What a killed program was writing is removed. */
export async function openContentStore(dataFolder: string): Promise<ContentStore> {
  const root = join(dataFolder, 'blobs')
  const incoming = join(root, 'incoming')
  await mkdir(incoming, { recursive: true })
  for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true })

  const pathOf = (digest: Digest) => {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest.slice(0, 80)} is not a digest`)
    const hex = digest.slice(7)
    return join(root, 'sha256', hex.slice(0, 2), hex)
  }
  const sizeOf = (digest: Digest) => stat(pathOf(digest)).then(({ size }) => size, ifAbsent)

  return {
    pathOf,
    sizeOf,
    has: async (digest) => (await sizeOf(digest)) !== null,
    async put(stream, digest) {
      const file = join(incoming, randomUUID())
      try {
        const meter = digestMeter()
        await pipeline(stream, meter.through, createWriteStream(file, { flags: 'wx', flush: true, mode: 0o444 }))
        if (meter.digest() !== digest) throw new DigestMismatch(digest, meter.digest(), meter.size())
        await keep(file, pathOf(digest))
        return meter.size()
      } finally {
        await rm(file, { force: true })
      }
    },
    async open(digest) {
      const source = createReadStream(pathOf(digest))
      const meter = digestMeter(digest)
      // Errors of the pipeline reach the reader through `meter.through`, which it destroys.
      pipeline(source, meter.through).catch(() => undefined)
      return meter.through
    },
  }
}

/** Renames into place; after that the bytes and their name are on disk, come what may. */
async function keep(file: string, place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  await rename(file, place)
  const folder = await open(dirname(place), 'r')
  await folder.sync().finally(() => folder.close())
}

const ifAbsent = (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return null
  throw error
}

/** Lets bytes through and measures them; with `expected` it fails at the end if they are others. */
export function digestMeter(expected?: Digest) {
  const hash: Hash = createHash('sha256')
  let size = 0
  let digest: Digest | undefined
  const result = () => (digest ??= `sha256:${hash.digest('hex')}`)
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
    flush(done) {
      if (expected && result() !== expected) done(new DigestMismatch(expected, result(), size))
      else done()
    },
  })
  return { through, digest: result, size: () => size }
}
