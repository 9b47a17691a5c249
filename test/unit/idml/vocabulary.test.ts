import { describe, expect, test } from 'vitest'
import { camel } from '../../../server/discovery/adapters/idml/item.ts'
import { cdmClasses, cdmClassOf, cdmRelations } from '../../../server/discovery/adapters/idml/vocabulary.ts'
import { taddmClasses } from '../../../server/discovery/adapters/taddm/vocabulary.ts'
import { linesOf, preloadedClasses, preloadedTypes } from '../../../server/migrations/preloaded-catalogue.ts'

const rows = [
  ...cdmClasses.map(({ cdm, className, attributes }) => ({ of: cdm, className, attributes })),
  ...Object.entries(taddmClasses).map(([of, { className, attributes }]) => ({ of, className, attributes })),
]
/** Of each class of the catalogue: the names of its attributes, those that it inherits too. */
const catalogue = new Map<string, string[]>()
for (const [name, , parent, , attributes] of linesOf(preloadedClasses)) {
  const own = attributes!.split(';').flatMap((one) => /^[*!]*(\w+):/.exec(one.trim())?.[1] ?? [])
  catalogue.set(name!, [...(catalogue.get(parent!) ?? []), ...own])
}
const typeNames = linesOf(preloadedTypes).map(([name]) => name)
const types = [
  ...cdmRelations.map(({ type }) => type),
  ...Object.values(taddmClasses).flatMap(({ relations = {} }) => Object.values(relations).map(({ type }) => type)),
]

describe('the tables of classes', () => {
  test.each(rows.filter(({ className }) => className !== null))(
    'map $of to a class of the catalogue with its attributes',
    (row) => {
      const known = catalogue.get(row.className!)
      expect(known, `the class ${row.className}`).toBeDefined()
      const missing = Object.values(row.attributes).filter((name) => !known!.includes(name))
      expect(missing).toEqual([])
    },
  )

  test('map relations to types of the catalogue', () => {
    expect([...new Set(types)].filter((type) => !typeNames.includes(type))).toEqual([])
  })

  test('take a class of a known family as its nearest ancestor, and no other', () => {
    const taken = (cdm: string) => cdmClassOf(cdm)?.row.cdm
    expect(taken('sys.sun.SunSPARCUnitaryComputerSystem')).toBe('sys.ComputerSystem')
    expect(taken('sys.i5OS.I5OperatingSystem')).toBe('sys.OperatingSystem')
    expect(taken('app.db.db2.Db2Instance')).toBe('app.db.DatabaseServer')
    expect(taken('app.j2ee.websphere.WebSphereServer')).toBe('app.AppServer')
    expect(taken('app.messaging.mq.MQQueueManager')).toBe('app.SoftwareServer')
    expect(taken('phys.Wagon')).toBeUndefined()
  })

  test('name attributes that they lack in camel case', () => {
    expect(['OSName', 'FQDN', 'Name', 'VMID', 'IpAddress', 'Owner.Name'].map(camel)).toEqual([
      'osName',
      'fqdn',
      'name',
      'vmid',
      'ipAddress',
      'ownerName',
    ])
  })
})
