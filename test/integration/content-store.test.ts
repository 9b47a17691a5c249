import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openContentStore } from '../../server/library/content-store.ts'
import { digestOf } from '../support/packages.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const bytes = Buffer.from('the bytes of a package')
const digest = digestOf(bytes)
const other = digestOf(Buffer.from('other bytes'))

test('bytes are found again by their digest, below its first two digits', async () => {
  const folder = await temporaryFolder()
  const store = await openContentStore(folder)
  expect(await store.has(digest)).toBe(false)
  expect(await store.put(Readable.from([bytes]), digest)).toBe(bytes.length)
  expect(await store.has(digest)).toBe(true)
  expect(store.pathOf(digest)).toBe(join(folder, 'blobs/sha256', digest.slice(7, 9), digest.slice(7)))
  expect((await buffer(await store.open(digest))).equals(bytes)).toBe(true)
})

test('bytes with another digest are refused with both digests, and leave nothing behind', async () => {
  const folder = await temporaryFolder()
  const store = await openContentStore(folder)
  await expect(store.put(Readable.from([bytes]), other)).rejects.toMatchObject({ expected: other, actual: digest })
  expect(await store.has(other)).toBe(false)
  expect(await readdir(join(folder, 'blobs/incoming'))).toEqual([])
})

test('a source that breaks off leaves nothing behind', async () => {
  const folder = await temporaryFolder()
  const store = await openContentStore(folder)
  const broken = Readable.from(
    (async function* () {
      yield bytes
      throw new Error('the disk was pulled')
    })(),
  )
  await expect(store.put(broken, digest)).rejects.toThrow('the disk was pulled')
  expect(await store.has(digest)).toBe(false)
  expect(await readdir(join(folder, 'blobs/incoming'))).toEqual([])
})

test('two that keep the same bytes at once do not disturb each other', async () => {
  const store = await openContentStore(await temporaryFolder())
  await Promise.all([1, 2, 3].map(() => store.put(Readable.from([bytes]), digest)))
  expect(await store.sizeOf(digest)).toBe(bytes.length)
})

test('opening it removes what a killed program was writing', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'blobs/incoming'), { recursive: true })
  await writeFile(join(folder, 'blobs/incoming/half'), 'half')
  await openContentStore(folder)
  expect(await readdir(join(folder, 'blobs/incoming'))).toEqual([])
})

test('a digest that is none is no path', async () => {
  const store = await openContentStore(await temporaryFolder())
  expect(() => store.pathOf('sha256:../../etc/passwd')).toThrow('is not a digest')
})
