// Books and a TADDM server whose reading was interrupted: what was read of them is not read again, and the end is the same.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { taddmAdapter } from '../../server/discovery/adapters/taddm/index.ts'
import { idmlAdapter } from '../../server/discovery/adapters/idml/index.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anEstate, type Estate } from '../support/estate.ts'
import { book, computer, linux, operation, relation } from '../support/idml/books.ts'
import { looksAt } from '../support/looks.ts'
import { seenBy, toldTo } from '../support/seen.ts'
import { smallModel, startTaddm, type TaddmDouble } from '../support/taddm-double.ts'

const services = () => {
  const adapters = new Map([
    ['idml', idmlAdapter()],
    ['taddm', taddmAdapter({ patience: 1 })],
  ])
  return { integrations: new Map(), adapters, sources: adapters }
}
const [books, booksCut, taddm, taddmCut] = [
  anEstate(services),
  anEstate(services),
  anEstate(services),
  anEstate(services),
]
let folder: string
let double: TaddmDouble
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resumed-books-'))
  double = await startTaddm(smallModel(7))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await double.close()
  expect(double.strange).toEqual([])
})

/** Of another management software system, with ids that other books have too. */
const bookOf = (system: string) =>
  book(
    operation(
      'create',
      `${computer('a', `host of ${system}`)}${linux('l')}${relation('runsOn', 'l', 'a')}${relation('runsOn', 'a', 'nowhere')}`,
    ),
  )
    .replaceAll('Hostname=h1', `Hostname=${system}`)
    .replaceAll('02000000000A', `0200000000${system === 'one' ? '0B' : '0C'}`)

/** Which system tells of an operating system, and the host that it runs on: both books call theirs by the same ids. */
const runningOn = (estate: Pick<Estate, 'orm'>) =>
  rows(
    estate.orm.em.fork(),
    `select substring(os.native_key from 'Hostname=(\\w+)') as system, host.name as host from actual_relationship r
       join actual_item os on os.uuid = r.source_id join actual_item host on host.uuid = r.target_id
     where r.gone_at is null and r.type = 'runsOn' order by 1, 2`,
  )
const own = [
  { system: 'one', host: 'host of one' },
  { system: 'two', host: 'host of two' },
]

test('of several systems of books those that were whole are not read again, once a broken book is mended', async () => {
  await writeFile(join(folder, '1.xml'), bookOf('one'))
  await writeFile(join(folder, '2.xml'), bookOf('two'))
  const calm = looksAt(books)
  const whole = await calm.start((await calm.product('Books', 'idml', { folder })).id)
  await calm.run(whole)
  expect(await calm.ended(whole)).toMatchObject({ state: 'SUCCEEDED', created: 4 })
  expect(await runningOn(books)).toEqual(own)

  const cut = looksAt(booksCut)
  const product = await cut.product('Books', 'idml', { folder })
  await writeFile(
    join(folder, '2.xml'),
    bookOf('two').replace('</cdm:sys.linux.Linux>', `<!-- ${'far behind its head '.repeat(20_000)} -->`),
  )
  const runId = await cut.start(product.id)
  await cut.run(runId)
  const failed = await cut.ended(runId)
  expect(failed).toMatchObject({ state: 'FAILED', created: 0 })
  expect(failed.problems.at(-1)).toMatchObject({ source: '2.xml' })
  await writeFile(join(folder, '2.xml'), bookOf('two'))
  // Would be another name, if it were read again.
  await writeFile(join(folder, '1.xml'), bookOf('one').replace('host of one', 'host of nobody'))
  await cut.resume(runId)
  await cut.run(runId)
  expect(await cut.ended(runId)).toMatchObject({ state: 'SUCCEEDED', created: 4 })
  expect(await runningOn(booksCut)).toEqual(own)
  expect(await seenBy(booksCut)).toEqual(await seenBy(books))
  expect(await toldTo(booksCut)).toEqual(await toldTo(books))
})

test('TADDM is not asked again for the classes that it told, and what relates them arrives', async () => {
  const config = { release: '7.3', url: double.url, user: double.user, password: double.password, fetchSize: '3' }
  const calm = looksAt(taddm)
  const whole = await calm.start((await calm.product('TADDM', 'taddm', config)).id)
  await calm.run(whole)
  expect(await calm.ended(whole)).toMatchObject({ state: 'SUCCEEDED', created: 28 })

  const cut = looksAt(taddmCut)
  const runId = await cut.start((await cut.product('TADDM', 'taddm', config)).id)
  // The server goes down after the last page of the interfaces, whose addresses were not told yet.
  const interfaces = double.model.IpInterface!
  let pages = 0
  Object.defineProperty(double.model, 'IpInterface', {
    get() {
      if (++pages === 3) double.failures = Array(4).fill(500)
      return interfaces
    },
  })
  await cut.run(runId)
  expect(await cut.ended(runId)).toMatchObject({
    state: 'FAILED',
    failure: expect.stringContaining('answers 500, also after 4 tries'),
  })
  double.asked = []
  await cut.resume(runId)
  await cut.run(runId)
  expect(await cut.ended(runId)).toMatchObject({ state: 'SUCCEEDED', created: 28 })
  expect(double.asked).toEqual([
    'select * from IpAddress @0',
    'select * from IpAddress @3',
    'select * from IpAddress @6',
    'select * from AppServer @0',
  ])
  expect(await seenBy(taddmCut)).toEqual(await seenBy(taddm))
  expect(await toldTo(taddmCut)).toEqual(await toldTo(taddm))
})
