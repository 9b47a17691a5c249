import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Problem, SeenItem, Sighting, Vocabulary } from '../../../server/discovery/adapters/adapter.ts'
import { tableAdapter } from '../../../server/discovery/adapters/table/index.ts'

const vocabulary: Vocabulary = {
  classes: ['ComputerSystem', 'VirtualMachine', 'Site'],
  relationshipTypes: ['runsOn', 'locatedIn'],
  attributesOf: (name) =>
    ({ ComputerSystem: ['cpus', 'serialNumber', 'tags'], VirtualMachine: ['cpus'], Site: [] })[name],
  faultOf: (_, attribute, value) =>
    attribute === 'cpus' && !/^\d+$/.test(String(value)) ? 'is no whole number' : undefined,
}
const MAPPING = { class: 'ComputerSystem', name: 'Host', attributes: { cpus: 'CPUs' } }

/** `pieces`: the bytes as they come. */
async function read(name: string, text: string | Buffer[], mapping: object = MAPPING, config: object = {}) {
  const pieces = typeof text === 'string' ? [Buffer.from(text)] : text
  const upload = { name, open: () => Readable.from(pieces) }
  const product = { id: 'p', name: 'Table', config: { mapping, ...config } }
  const all: Sighting[] = []
  const signal = new AbortController().signal
  for await (const one of tableAdapter().read({ product, upload, signal, finished: new Set(), vocabulary }))
    all.push(one)
  return all
}
const items = (all: Sighting[]) => all.filter((one): one is SeenItem => one.kind === 'item')
const problems = (all: Sighting[]) => all.filter((one): one is Problem => one.kind === 'problem')
const told = (all: Sighting[]) => problems(all).map(({ rule, where }) => `${where?.line} ${rule} ${where?.element}`)
const names = (all: Sighting[]) => items(all).map(({ name }) => name)
const edges = (all: Sighting[]) =>
  all.flatMap((one) => (one.kind === 'relationship' ? [`${one.from} ${one.type} ${one.to}`] : []))

describe('a CSV table', () => {
  test.each([
    ['commas', 'Host,CPUs\nweb-1,4\n'],
    ['semicolons, a byte order mark and Windows line ends', '\uFEFFHost;CPUs\r\nweb-1;4\r\n'],
    ['tabs', 'Host\tCPUs\nweb-1\t4'],
    ['quoted names that hold other delimiters', '"Host","CPUs","a;b;c;d"\nweb-1,4,\n'],
    ['empty lines and empty columns at the end', '\nHost,CPUs,,\n\nweb-1,4,,\n\n'],
  ])('is read with %s', async (_, text) => {
    const all = await read('a.csv', text)
    expect(problems(all)).toEqual([])
    expect(items(all)).toMatchObject([
      { className: 'ComputerSystem', name: 'web-1', key: 'web-1', attributes: { cpus: '4' } },
    ])
  })

  test('goes on after rows that are broken, and says which lines they begin on', async () => {
    const text =
      'Host,CPUs\nweb-1,4\nweb-2,"8"8\n"two\nlines",8\n\nweb-3,"16\nweb-4,32\nweb-5\nweb-6,1,2\nweb-7,1,\n,3\nweb-1,2\n'
    const all = await read('a.csv', text)
    expect(names(all)).toEqual(['web-1', 'two\nlines', 'web-4', 'web-7'])
    expect(told(all)).toEqual([
      '3 csv row',
      '7 csv row',
      '9 row-width row',
      '10 row-width row',
      '12 no-key column "Host"',
      '13 duplicate-key column "Host"',
    ])
    expect(problems(all).at(-1)!.message).toBe('Row left out: ComputerSystem "web-1" stands in line 2 already.')
  })

  test('keeps a row without the value that does not parse, and names line, column and rule', async () => {
    const all = await read('a.csv', 'Host,CPUs\nweb-1,many\nweb-2,\n')
    expect(items(all).map(({ attributes }) => attributes)).toEqual([{}, {}])
    expect(problems(all)).toMatchObject([
      {
        severity: 'warning',
        rule: 'value',
        message: '"many" is no whole number, so cpus was left out.',
        where: { source: 'a.csv', line: 2, element: 'column "CPUs"' },
      },
    ])
  })

  test('in another encoding than UTF-8 is refused by its header, or loses the rows that show it', async () => {
    const latin = (text: string) => [Buffer.from(text, 'latin1')]
    expect(problems(await read('a.csv', latin('Höst,CPUs\nweb-1,4\n')))).toMatchObject([
      { severity: 'error', rule: 'table', message: 'a.csv: It is not UTF-8 text: save it as CSV in UTF-8.' },
    ])
    const all = await read('a.csv', latin('Host,CPUs\nMünchen-1,4\nweb-2,4\n'))
    expect([names(all), told(all)]).toEqual([['web-2'], ['2 encoding column "Host"']])
  })

  test('cut anywhere into pieces is the same', async () => {
    const bytes = Buffer.from('Host,CPUs\r\n"wéb, 1",4\r\nb"ad,1\r\nweb-2,8\r\n')
    const whole = await read('a.csv', [bytes])
    for (let at = 1; at < bytes.length; at++) {
      expect(await read('a.csv', [bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(whole)
    }
  })

  test('without a header, or with the same column twice, is refused', async () => {
    expect(problems(await read('a.csv', '\n'))[0]!.message).toContain('no line with the names of its columns')
    expect(problems(await read('a.csv', 'Host,Host\n'))[0]!.message).toContain('Two of its columns are called "Host"')
  })
})

describe('a JSON table', () => {
  test('is an array of objects, whose inner objects are columns with dots', async () => {
    const text = '[{"Host": "web-1", "hw": {"cpus": 4, "serial": "S\\"]1"}},\n{"Host": "web-2", "tags": ["a", "b"]}]'
    const attributes = { cpus: 'hw.cpus', serialNumber: 'hw.serial', tags: 'tags' }
    const all = await read('a.json', text, { ...MAPPING, attributes })
    expect(problems(all)).toEqual([])
    expect(items(all).map((one) => one.attributes)).toEqual([{ cpus: 4, serialNumber: 'S"]1' }, { tags: ['a', 'b'] }])
  })

  test('goes on after an element that is broken, with its line', async () => {
    const text = '[\n{"Host": "web-1", "CPUs": 1},\n{"Host": web-2},\n{"Host": "web-3\n},\n7,\n{"Host": "web-4"}\n]\n'
    const all = await read('a.json', text)
    expect(names(all)).toEqual(['web-1', 'web-4'])
    expect(told(all)).toEqual(['3 json row', '4 json row', '6 json row'])
  })

  test.each([
    ['an object', '{"Host": "web-1"}', 'no JSON array of objects'],
    ['cut off', '[{"Host": "web-1", "CPUs": 2},', 'Its array does not end'],
    ['followed by more', '[{"Host": "web-1", "CPUs": 2}] x', 'no JSON array of objects'],
  ])('that is %s is refused', async (_, text, says) => {
    expect(problems(await read('a.json', text))).toMatchObject([
      { severity: 'error', message: expect.stringContaining(says) as string },
    ])
  })
})

describe('a mapping', () => {
  test('that names a column which is not there loads nothing, and says which there are', async () => {
    const all = await read('a.csv', 'Host,CPU\nweb-1,4\n')
    expect(all).toEqual([
      {
        kind: 'problem',
        severity: 'error',
        rule: 'mapping',
        message: 'There is no column "CPUs" for the attribute cpus. The columns are Host, CPU.',
        where: { source: 'a.csv', line: 1, element: 'column "CPUs"' },
      },
    ])
    const near = await read('a.csv', 'host ,CPUs\nweb-1,4\n')
    expect(problems(near)[0]!.message).toContain('Is "host" meant?')
  })

  test('that names a class, an attribute or a type which is not there loads nothing', async () => {
    const said = async (mapping: object) =>
      problems(await read('a.csv', 'Host,CPUs\nweb-1,4\n', { ...MAPPING, ...mapping })).map(({ message }) => message)
    expect(await said({ class: 'Server' })).toEqual([
      'There is no class Server. The classes are ComputerSystem, VirtualMachine, Site.',
    ])
    expect(await said({ attributes: { cores: 'CPUs' } })).toEqual([
      'ComputerSystem has no attribute cores. The attributes are cpus, serialNumber, tags.',
    ])
    expect(await said({ relationships: [{ type: 'on', class: 'Site', column: 'Host' }] })).toEqual([
      'There is no relationship type on. The types are runsOn, locatedIn.',
    ])
  })

  test('takes the class from a column, each row with the attributes of its class', async () => {
    const text = 'Host,CPUs,Type,Serial\nweb-1,4,srv,S1\nvm-1,2,vm,S2\nodd,1,fax,S3\nnone,1,,S4\n'
    const attributes = { cpus: 'CPUs', serialNumber: 'Serial' }
    const values = { srv: 'ComputerSystem', vm: 'VirtualMachine' }
    const all = await read('a.csv', text, { ...MAPPING, attributes, class: { column: 'Type', values } })
    expect(items(all).map((one) => [one.className, one.attributes])).toEqual([
      ['ComputerSystem', { cpus: '4', serialNumber: 'S1' }],
      ['VirtualMachine', { cpus: '2' }],
    ])
    expect(problems(all).map(({ message }) => message)).toEqual([
      'Row left out: "fax" is no class of the mapping.',
      'Row left out: it says no class.',
    ])
  })

  test('makes relationships to earlier rows, to later ones, to several and the other way, and places things on sites', async () => {
    const text = 'Host,On,For,Room\na,b,x|y,Lima\nb,,,Lima\nc,a,,\n'
    const all = await read('a.csv', text, {
      class: 'ComputerSystem',
      name: 'Host',
      site: 'Room',
      relationships: [
        { type: 'runsOn', class: 'ComputerSystem', column: 'On' },
        { type: 'runsOn', class: 'VirtualMachine', column: { column: 'For', split: '|' }, direction: 'from' },
      ],
    })
    expect(edges(all)).toEqual([
      'a (ComputerSystem) locatedIn Lima (Site)',
      'a (ComputerSystem) runsOn ComputerSystem b',
      'VirtualMachine x runsOn a (ComputerSystem)',
      'VirtualMachine y runsOn a (ComputerSystem)',
      'b (ComputerSystem) locatedIn Lima (Site)',
      'c (ComputerSystem) runsOn a (ComputerSystem)',
    ])
    expect(names(all)).toEqual(['a', 'Lima', 'b', 'c'])
    expect(all.flatMap((one) => (one.kind === 'mention' ? [one.key] : []))).toEqual(['b', 'x', 'y'])
  })
})
