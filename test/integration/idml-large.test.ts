/** A large book goes the whole way, from its text into the database, and a second time without changing anything. */
import { Readable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { idmlAdapter } from '../../server/discovery/adapters/idml/index.ts'
import { writeBook, type BookItem, type BookRelationship } from '../../server/discovery/adapters/idml/write-book.ts'
import { sourcesOfTests } from '../support/sources.ts'

// Half a minute on a quiet machine of two cores.
vi.setConfig({ testTimeout: 300_000 })
const HOSTS = 5_300
const ON_EACH = 8 // installations beside its operating system
const ITEMS = HOSTS * (2 + ON_EACH)
const RELATIONSHIPS = HOSTS * (1 + ON_EACH)

const estate = sourcesOfTests()

function* items(): Generator<BookItem> {
  for (let n = 0; n < HOSTS; n++) {
    const serialNumber = `SN-${n}`
    yield {
      id: `cs-${n}`,
      className: 'ComputerSystem',
      name: `host${n}`,
      key: `host:${n}`,
      attributes: { serialNumber },
    }
    yield {
      id: `os-${n}`,
      className: 'Linux',
      name: `Linux of host${n}`,
      key: `os:${n}`,
      attributes: { osName: 'Debian' },
    }
    for (let m = 0; m < ON_EACH; m++) {
      const attributes = { package: `package-${m}`, version: '1.0.0' }
      const [id, name, key] = [`si-${n}-${m}`, `package-${m} on host${n}`, `si:${n}:${m}`]
      yield { id, className: 'SoftwareInstallation', name, key, attributes }
    }
  }
}
function* relationships(): Generator<BookRelationship> {
  for (let n = 0; n < HOSTS; n++) {
    yield { type: 'runsOn', from: `os-${n}`, to: `cs-${n}` }
    for (let m = 0; m < ON_EACH; m++) yield { type: 'installedOn', from: `si-${n}-${m}`, to: `cs-${n}` }
  }
}

const head = { mss: { hostname: 'h', manufacturer: 'Test', product: 'Test' }, version: '1', at: new Date(0) }
const adapter = idmlAdapter()
const read = (book: readonly string[]) => () =>
  adapter.read({
    product: { id: 'p', name: 'p', config: {} },
    upload: { name: 'large.xml', open: () => Readable.from(book, { objectMode: false }) },
    signal: new AbortController().signal,
    finished: new Set(),
  })

/** What discovery knows, and how often it was written: a count and a digest of each table. */
async function known() {
  const digest = async (table: string, columns: string) =>
    estate.sql(
      `select count(*)::int as n, md5(string_agg(t::text, '' order by uuid)) as digest from (select ${columns} from ${table}) t`,
    )
  return {
    items: await digest('actual_item', 'uuid, class_name, name, state, native_key, attributes, version'),
    relationships: await digest('actual_relationship', 'uuid, type, source_id, target_id, gone_at'),
    observations: await digest(
      'observation',
      'uuid, actual_item_id, native_key, attributes, identifiers, current, missing',
    ),
    versions: await estate.sql('select count(*)::int as n from actual_item_version'),
  }
}

test(`a book of ${ITEMS + RELATIONSHIPS} elements is loaded, and loading it again changes nothing`, async () => {
  const product = await estate.source()
  estate.shows(product, read(await Readable.from(writeBook(head, items(), relationships())).toArray()))
  const first = await estate.load(product)
  expect(first).toMatchObject({ state: 'SUCCEEDED', failure: null, warnings: 0, questions: 0 })
  expect(first).toMatchObject({ seen: ITEMS, created: ITEMS, relationships: RELATIONSHIPS })
  const before = await known()
  expect(before).toMatchObject({
    items: [{ n: ITEMS }],
    relationships: [{ n: RELATIONSHIPS }],
    observations: [{ n: ITEMS }],
  })
  const again = await estate.load(product)
  expect(again).toMatchObject({
    state: 'SUCCEEDED',
    seen: ITEMS,
    unchanged: ITEMS,
    relationships: RELATIONSHIPS,
    questions: 0,
  })
  expect(again).toMatchObject({ created: 0, changed: 0, missing: 0, retired: 0, warnings: 0 })
  expect(await known()).toEqual(before)
})
