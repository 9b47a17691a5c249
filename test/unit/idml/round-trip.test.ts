import fc from 'fast-check'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { certify } from '../../../server/discovery/adapters/idml/certify.ts'
import { bookNameOf, refreshBookName } from '../../../server/discovery/adapters/idml/files.ts'
import { cdmClasses } from '../../../server/discovery/adapters/idml/vocabulary.ts'
import { writeBook, type BookItem, type BookRelationship } from '../../../server/discovery/adapters/idml/write-book.ts'
import { items, problems, readText, relationships } from '../../support/idml/books.ts'

const mss = { hostname: 'w1', manufacturer: 'Waybill', product: 'Waybill Lab' }
const head = { mss, version: '1.0', at: new Date('2026-11-22T10:00:00Z') }
const PREFIX = 'ibm-cdm:///CDMMSS/Hostname=w1+ManufacturerName=Waybill+ProductName=Waybill Lab#'

async function written(all: BookItem[], edges: BookRelationship[]): Promise<string> {
  let text = ''
  for await (const piece of writeBook(head, all, edges)) text += piece
  return text
}

/** Text that XML can hold: no control characters, no half characters. */
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .filter((one) => one.isWellFormed() && !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(one))
const classes = [
  ...new Set(cdmClasses.map(({ className }) => className).filter((name) => name !== null)),
  'Site',
  'Shelf',
]
const ours = [
  ...new Set(cdmClasses.flatMap(({ attributes }) => Object.values(attributes))),
  'machineId',
  'port',
  'odd name',
  '__proto__',
]
const value = fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 }), fc.integer(), fc.boolean())
const attributes = fc
  .array(fc.tuple(fc.constantFrom(...ours), value), { maxLength: 8 })
  .map((all) => Object.fromEntries(all) as Record<string, unknown>)
const item = fc.record({ className: fc.constantFrom(...classes), name: text, key: text, attributes })
const estate = fc.array(item, { minLength: 1, maxLength: 20 }).chain((all) => {
  const end = fc.integer({ min: 0, max: all.length - 1 }).map((at) => `act_${at}`)
  const type = fc.constantFrom('runsOn', 'installedOn', 'dependsOn', 'partOf', 'locatedIn', 'exposes')
  const edges = fc.uniqueArray(fc.record({ type, from: end, to: end }), {
    maxLength: 30,
    selector: (one) => JSON.stringify(one),
  })
  return fc.tuple(fc.constant(all.map((one, at) => ({ id: `act_${at}`, ...one }))), edges)
})

const asText = (one: unknown): unknown => (Array.isArray(one) ? one.map(asText) : String(one))
const plain = (of: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(of).map(([name, one]) => [name, asText(one)]))

describe('a book that Waybill writes', () => {
  test('reads back as the same classes, keys, names, attributes and relationships', async () => {
    await fc.assert(
      fc.asyncProperty(estate, async ([all, edges]) => {
        const read = await readText(await written(all, edges))
        expect(problems(read)).toEqual([])
        const seen = items(read)
        expect(
          seen.map(({ className, key, name, attributes, extended }) => ({
            className,
            key,
            name,
            attributes: { ...extended, ...attributes },
          })),
        ).toEqual(
          all.map(({ className, key, name, attributes }) => ({
            className,
            key: PREFIX + key,
            name,
            attributes: plain(attributes),
          })),
        )
        expect(
          relationships(read).map(({ type, from, to }) => ({
            type,
            from: from.replace(/^.*?#/, ''),
            to: to.replace(/^.*?#/, ''),
          })),
        ).toEqual(edges)
        expect(read.at(-1)).toMatchObject({ kind: 'complete' })
      }),
      { numRuns: 150 },
    )
  })

  test('passes the seven checks, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(estate, async ([all, edges]) => {
        const book = await written(all, edges)
        const { passed, checks } = await certify({ name: 'a', open: () => Readable.from([Buffer.from(book)]) })
        expect(checks.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'error')).toEqual([])
        expect(passed).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('replaces what XML cannot hold, and stays whole', async () => {
    const one = {
      id: 'a',
      className: 'ComputerSystem',
      name: 'a\0\ud800b',
      key: 'k\x1b',
      attributes: { owner: '\uffff' },
    }
    const read = await readText(await written([one], []))
    expect(items(read)).toMatchObject([{ name: 'a��b', key: `${PREFIX}k�`, extended: { owner: '�' } }])
  })

  test('has a name by which readers sort it', () => {
    const name = refreshBookName('WAYBILL', 'ctl.lab.invalid', new Date('2026-11-22T10:55:40.123Z'))
    expect(name).toBe('WAYBILL.ctl.lab.invalid.2026-11-22T10.55.40Z.refresh.xml')
    expect(bookNameOf(name)).toEqual({
      appCode: 'WAYBILL',
      hostname: 'ctl.lab.invalid',
      stamp: '2026-11-22T10.55.40Z',
      refresh: true,
    })
    expect(bookNameOf('ZOSDISC210IMS.IMP1CTL@host.au.ibm.com.2006-09-04T02.07.17Z.xml')).toEqual({
      appCode: 'ZOSDISC210IMS',
      hostname: 'IMP1CTL@host.au.ibm.com',
      stamp: '2006-09-04T02.07.17Z',
      refresh: false,
    })
    expect(bookNameOf('notes.xml')).toBeUndefined()
  })
})
