import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Refused } from '../integration.ts'
import type { PackageRef } from '../integration.ts'
import type { Host } from './host.ts'

/**
 * Copies the bytes of a package to the host and gives the path of the copy. Refused if they are not what the digest says.
 * `onPart` is told the share that has arrived, 0 to 1.
 */
export async function copyPackage(
  host: Host,
  source: PackageRef,
  attemptId: string,
  signal: AbortSignal,
  onPart: (share: number) => void,
): Promise<string> {
  const incoming = join(host.state, 'incoming')
  await mkdir(incoming, { recursive: true })
  const file = join(incoming, `${attemptId}-${Date.now().toString(36)}.tar.gz`)
  const hash = createHash('sha256')
  let size = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      if (size > source.size)
        return done(new Refused(`${nameOf(source)} is larger than the ${source.size} bytes announced.`))
      onPart(size / source.size)
      done(null, chunk)
    },
  })
  try {
    await pipeline(await source.open(), count, createWriteStream(file), { signal })
    const digest = `sha256:${hash.digest('hex')}`
    if (digest !== source.digest) {
      throw new Refused(`The bytes of ${nameOf(source)} have the digest ${digest}, not ${source.digest}.`)
    }
    return file
  } catch (error) {
    await rm(file, { force: true })
    const { path, code } = error as NodeJS.ErrnoException
    if (path !== undefined && !path.startsWith(host.folder)) {
      throw new Error(`The bytes of ${nameOf(source)} cannot be read from the library (${code}).`, { cause: error })
    }
    throw error
  }
}

const nameOf = (source: PackageRef) => `${source.name} ${source.version}`
