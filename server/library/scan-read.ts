import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DigestMismatch, digestMeter, type ContentStore } from './content-store.ts'
import { Missing, Unusable, type Offer, type PackageFacts, type RepositoryDriver } from './repository-driver.ts'
import type { Seen } from './scan-changes.ts'

export interface ReadOptions {
  driver: RepositoryDriver
  store: ContentStore
  /** What packages with these digests are, from earlier scans: they are not unpacked again. */
  described: ReadonlyMap<string, PackageFacts>
  signal: AbortSignal
  /** Called after each file. */
  progress(done: number, of: number): Promise<void>
}

/**
 * Reads the bytes of every offered file, keeps those that are what they should be, and says what each is. Changes nothing
 * but the content store. Rejects with `Unreadable` when the repository is gone.
 */
export async function readOffers(offers: Offer[], options: ReadOptions): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const [index, offer] of offers.entries()) {
    options.signal.throwIfAborted()
    seen.push(await readOffer(offer, options))
    await options.progress(index + 1, offers.length)
  }
  return seen
}

async function readOffer(offer: Offer, options: ReadOptions): Promise<Seen> {
  const { file, digest } = offer
  try {
    const { size, publishedAt } = await fetchBytes(offer, options.store)
    const facts = options.described.get(digest) ?? (await describe(file, digest, options))
    if (typeof facts === 'string') return { outcome: 'unusable', file, digest, why: facts }
    return { outcome: 'held', file, digest, size, facts, publishedAt }
  } catch (error) {
    if (error instanceof DigestMismatch)
      return { outcome: 'mismatch', file, digest, actual: error.actual, size: error.size, named: offer.named }
    if (error instanceof Missing) return { outcome: 'missing', file, digest }
    if (error instanceof Unusable) return { outcome: 'unread', file, digest, why: error.message }
    throw error
  }
}

/** Keeps the bytes, or only checks those of the repository when Waybill has them already. */
async function fetchBytes(offer: Offer, store: ContentStore): Promise<{ size: number; publishedAt: Date | null }> {
  const { stream, publishedAt } = await offer.open()
  const held = await store.sizeOf(offer.digest)
  if (held === null) return { size: await store.put(stream, offer.digest), publishedAt }
  const meter = digestMeter(offer.digest)
  await pipeline(stream, meter.through, nowhere())
  // Cut short on our side, by a full disk perhaps: the sound bytes are taken from the repository once more.
  if (held !== meter.size()) await store.put((await offer.open()).stream, offer.digest)
  return { size: meter.size(), publishedAt }
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

async function describe(file: string, digest: string, { driver, store }: ReadOptions): Promise<PackageFacts | string> {
  try {
    return await driver.describe(file, () => store.open(digest))
  } catch (error) {
    if (error instanceof Unusable) return error.message
    throw error
  }
}
