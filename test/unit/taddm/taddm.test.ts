import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { taddmAdapter } from '../../../server/discovery/adapters/taddm/index.ts'
import { smallModel, startTaddm, type TaddmDouble } from '../../support/taddm-double.ts'

let taddm: TaddmDouble
beforeEach(async () => void (taddm = await startTaddm(smallModel(7))))
afterEach(async () => {
  expect(taddm.strange).toEqual([])
  await taddm.close()
})

const adapter = taddmAdapter({ patience: 1 })
const settings = (more: object = {}) => ({
  release: '7.3',
  url: taddm.url,
  user: taddm.user,
  password: taddm.password,
  fetchSize: '3',
  ...more,
})

async function read(more: object = {}, finished: string[] = [], signal = new AbortController().signal) {
  const all: Sighting[] = []
  const product = { id: 'p', name: 'TADDM of Lima', config: settings(more) }
  for await (const one of adapter.read({ product, signal, finished: new Set(finished) })) all.push(one)
  return all
}
const failure = (more: object = {}) =>
  read(more).then(
    () => 'It was read.',
    (error: Error) => error.message,
  )
const kinds = (all: readonly Sighting[], kind: Sighting['kind']) => all.filter((one) => one.kind === kind)

describe('a TADDM server', () => {
  test('is read class by class and page by page, with guids as keys and relationships from attributes', async () => {
    const all = await read()
    expect(kinds(all, 'problem')).toEqual([])
    expect(kinds(all, 'item')).toHaveLength(28)
    expect(kinds(all, 'item')[0]).toEqual({
      kind: 'item',
      ref: 'A'.repeat(31) + '0',
      key: 'A'.repeat(31) + '0',
      className: 'ComputerSystem',
      name: 'host0',
      attributes: { fqdn: 'host0.example.net', serialNumber: 'SN-0' },
      identifiers: [
        { kind: 'fqdn', value: 'host0.example.net' },
        { kind: 'serial-number', value: 'SN-0' },
        { kind: 'mac', value: '0200000000AA' },
      ],
      where: {
        source: `${taddm.url}/rest/model/MQLQuery?query=select+*+from+ComputerSystem&depth=1&fetchSize=3&position=0&feed=json`,
        element: `LinuxUnitaryComputerSystem guid="${'A'.repeat(31)}0"`,
      },
    })
    const types = kinds(all, 'relationship').map((one) => (one as { type: string }).type)
    expect(types.toSorted()).toEqual([
      ...Array(7).fill('bindsTo'),
      ...Array(7).fill('partOf'),
      ...Array(7).fill('runsOn'),
    ])
    expect(all).toContainEqual(
      expect.objectContaining({ type: 'runsOn', from: 'A'.repeat(31) + '1', to: 'A'.repeat(31) + '0' }),
    )
    expect(kinds(all, 'complete')).toHaveLength(5)
    expect(taddm.asked.slice(0, 4)).toEqual([
      'select * from ComputerSystem @0',
      'select * from ComputerSystem @3',
      'select * from ComputerSystem @6',
      'select * from OperatingSystem @0',
    ])
  })

  test('is asked for the classes and conditions of the settings; what only relationships name is a mention', async () => {
    const classes = "IpInterface where name contains 'eth, 0'\nIpAddress"
    taddm.model.IpInterface = taddm.model.IpInterface!.slice(0, 1)
    const all = await read({ classes })
    expect(taddm.asked[0]).toBe("select * from IpInterface where name contains 'eth, 0' @0")
    expect(kinds(all, 'scope')).toMatchObject([
      { name: "IpInterface where name contains 'eth, 0'" },
      { name: 'IpAddress' },
    ])
    expect(kinds(all, 'mention')).toEqual([
      { kind: 'mention', ref: 'A'.repeat(31) + '0', className: 'ComputerSystem', key: 'A'.repeat(31) + '0' },
    ])
    expect(kinds(all, 'relationship')).toMatchObject([{ type: 'bindsTo' }, { type: 'partOf' }])
  })

  test('that is read again leaves finished classes out', async () => {
    await read({}, ['ComputerSystem', 'OperatingSystem'])
    expect(taddm.asked[0]).toBe('select * from IpInterface @0')
  })

  test('may fail and be silent for a while, and is asked again', async () => {
    taddm.failures = [500, 'hang up', 503]
    expect(kinds(await read(), 'item')).toHaveLength(28)
    taddm.failures = ['silence']
    expect(kinds(await read({ timeout: '1' }), 'item')).toHaveLength(28)
  })

  test('that goes on failing is named with the reason, and never with a secret', async () => {
    const url = taddm.url
    const cases: [() => void, object, string][] = [
      [() => (taddm.failures = [500, 500, 500, 500]), {}, `TADDM at ${url} answers 500, also after 4 tries.`],
      [() => (taddm.failures = Array(4).fill('hang up')), {}, `TADDM at ${url} cannot be reached (`],
      [
        () => {},
        { password: 'wrong-secret' },
        `TADDM at ${url} refuses the user or the password (401). Correct the settings.`,
      ],
      [() => (taddm.failures = [302]), {}, `TADDM at ${url} answers 302, so this is not the address of its REST API.`],
      [() => {}, { release: 'off' }, 'TADDM is switched off in the settings of TADDM of Lima.'],
      [() => {}, { release: '7.1.2' }, 'TADDM 7.1 has no REST API.'],
    ]
    for (const [prepare, more, says] of cases) {
      prepare()
      const message = await failure(more)
      expect(message).toContain(says)
      for (const secret of [
        taddm.password,
        'wrong-secret',
        Buffer.from(`${taddm.user}:${taddm.password}`).toString('base64'),
      ]) {
        expect(message).not.toContain(secret)
      }
      taddm.failures = []
    }
  })

  test('that sends a page that is none changes nothing, and the page is named', async () => {
    taddm.failures = ['no json']
    expect(await read()).toMatchObject([
      { kind: 'scope' },
      {
        kind: 'problem',
        severity: 'error',
        rule: 'answer',
        message: `TADDM at ${taddm.url} sends something else than JSON.`,
        where: {
          source: expect.stringContaining('query=select+*+from+ComputerSystem&depth=1'),
          element: 'ComputerSystem',
        },
      },
    ])
  })

  test('that refuses one query leaves out that class, and it is not complete', async () => {
    const all = await read({ classes: 'ComputerSystem, Wagon' })
    expect(kinds(all, 'problem')).toMatchObject([
      {
        severity: 'warning',
        rule: 'query',
        message: 'TADDM does not take the query "select * from Wagon": Unknown class Wagon.',
        where: { source: expect.stringContaining('query=select+*+from+Wagon'), element: 'Wagon' },
        unread: true,
      },
    ])
    expect(kinds(all, 'complete')).toEqual([{ kind: 'complete', scope: 'ComputerSystem' }])
  })

  test('with strange objects is read around them, with a word on each', async () => {
    const [host] = taddm.model.ComputerSystem!
    taddm.model.ComputerSystem = [
      host!,
      host!,
      { ...host!, guid: 'short' },
      { ...host!, guid: 'B'.repeat(32), _class: 'com.x.MainframeComputerSystem' },
      { ...host!, guid: 'C'.repeat(32), OSRunning: { _class: 'Wagon', guid: 'D'.repeat(32) } },
    ]
    taddm.model.OperatingSystem = []
    const all = await read({ classes: 'ComputerSystem' })
    expect(kinds(all, 'item')).toHaveLength(3)
    expect(
      kinds(all, 'problem')
        .map((one) => (one as { rule: string }).rule)
        .toSorted(),
    ).toEqual(['class-ancestor', 'guid'])
  })

  test('is given up soon when the run is stopped', async () => {
    const stop = new AbortController()
    taddm.failures = Array(100).fill(500)
    const reading = read({}, [], stop.signal)
    stop.abort(new Error('stopped'))
    await expect(reading).rejects.toThrow()
  })
})
