import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  LAB_BOOK,
  MSS_NAME,
  book,
  computer,
  errors,
  items,
  labBook,
  linux,
  operation,
  problems,
  readFolder,
  readText,
  relation,
  relationships,
  source,
  wrapped,
} from '../../support/idml/books.ts'

describe('an IdML book', () => {
  test('of the lab gives three systems, seventeen other elements and twenty relationships, and is complete', async () => {
    const all = await readText(await labBook(), LAB_BOOK)
    const mss = 'ibm-cdm:///CDMMSS/Hostname=ctl.lab.invalid+ManufacturerName=Waybill+ProductName=ssh-dla'
    expect(problems(all)).toEqual([])
    expect(items(all).filter(({ className }) => className === 'ComputerSystem')).toHaveLength(3)
    expect(items(all)).toHaveLength(20)
    expect(relationships(all)).toHaveLength(20)
    expect(all[0]).toEqual({ kind: 'scope', name: mss, of: 1 })
    expect(all.at(-1)).toEqual({ kind: 'complete', scope: mss })
    expect(items(all)[0]).toEqual({
      kind: 'item',
      ref: expect.stringMatching(/^[0-9a-f]{8}\.1\.1#10\.77\.0\.11-ComputerSystem$/),
      className: 'ComputerSystem',
      key: `${mss}#machine-id=618a60b2659e4bfaa67d9459406eccf8`,
      name: 'web1',
      attributes: {
        fqdn: 'web1.lab.invalid',
        signature: '10.77.0.11(16698454980F)',
        address: '10.77.0.11',
        machineId: '618a60b2659e4bfaa67d9459406eccf8',
      },
      identifiers: [
        { kind: 'fqdn', value: 'web1.lab.invalid' },
        { kind: 'mac', value: '16:69:84:54:98:0f' },
        { kind: 'machine-id', value: '618a60b2659e4bfaa67d9459406eccf8' },
      ],
      at: '2026-11-22T10:55:40.000Z',
      where: { source: LAB_BOOK, line: 11, element: 'cdm:sys.ComputerSystem id="10.77.0.11-ComputerSystem"' },
    })
  })

  test('may spell the name of its system in two ways, and both are the same system', async () => {
    const spelled = (name: string) =>
      readText(book(operation('create', computer('a'))).replace('ManufacturerName=', `${name}=`))
    const [one, other] = [await spelled('ManufacturerName'), await spelled('Manufacturer')]
    expect(one[0]).toMatchObject({ kind: 'scope', name: MSS_NAME })
    expect(other[0]).toEqual(one[0])
  })

  test('without an MSSName is known by host, manufacturer and product', async () => {
    const mss =
      '<cdm:Hostname>h1</cdm:Hostname><cdm:ManufacturerName>Acme</cdm:ManufacturerName><cdm:ProductName>Tool</cdm:ProductName>'
    const all = await readText(book(operation('create', computer('a'))).replace(/<cdm:MSSName>.*?<\/cdm:MSSName>/, mss))
    expect(all[0]).toMatchObject({ name: MSS_NAME })
  })

  test('creates, modifies and deletes: whole items, parts of items, and keys that are gone', async () => {
    const all = await readText(
      book(
        operation('create', computer('a') + computer('b'), '2026-11-22T10:00:00Z'),
        operation('modify', computer('a', 'new name'), '2026-11-22T11:00:00Z'),
        operation('delete', computer('b') + relation('contains', 'b', 'b'), '2026-11-22T12:00:00Z'),
      ),
    )
    expect(items(all).map(({ name, partial }) => [name, partial])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['new name', true],
    ])
    expect(all.filter(({ kind }) => kind === 'gone')).toMatchObject([
      { className: 'ComputerSystem', key: `${MSS_NAME}#t-b` },
    ])
    expect(all.some(({ kind }) => kind === 'complete')).toBe(false)
    expect(problems(all)).toEqual([])
  })

  test('carries extended attributes, lists, nested values and superiors', async () => {
    const all = await readText(
      book(
        operation(
          'create',
          `<cdm:net.IpInterface id="i" superior="a"><cdm:Name>eth0</cdm:Name></cdm:net.IpInterface>
           <cdm:sys.ComputerSystem id="a"><cdm:Name>a</cdm:Name><cdm:Alias>x</cdm:Alias><cdm:Alias>y</cdm:Alias>
             <cdm:Owner><cdm:Name>Ann</cdm:Name></cdm:Owner>
             <cdm:extension><cdm:extattr name="rack">R7 &amp; R8</cdm:extattr></cdm:extension></cdm:sys.ComputerSystem>`,
        ),
      ),
    )
    expect(items(all)[1]!.extended).toEqual({ rack: 'R7 & R8' })
    expect(items(all)[1]!.key).toBe(`${MSS_NAME}#a`)
    expect(relationships(all)).toMatchObject([
      {
        type: 'partOf',
        from: expect.stringMatching(/1\.1#i$/),
        to: expect.stringMatching(/1\.1#a$/),
        evidence: 'superior',
      },
    ])
    expect(problems(all)).toEqual([])
  })

  test('may be packed', async () => {
    const all = await readText(gzipSync(await labBook()), `${LAB_BOOK}.gz`)
    expect(items(all)).toHaveLength(20)
  })
})

describe('what is wrong with one element leaves out that one and names line, element and rule', () => {
  const cases: [string, string, object][] = [
    [
      'a class that nobody knows',
      '<cdm:foo.Bar id="x"/>',
      { rule: 'class-unknown', where: { line: 6, element: 'cdm:foo.Bar id="x"' } },
    ],
    ['an element without an id', '<cdm:sys.ComputerSystem/>', { rule: 'element-id', where: { line: 6 } }],
    [
      'a relationship to an id that is not in the book',
      computer('a') + '\n' + relation('runsOn', 'a', 'nobody'),
      {
        rule: 'relation-ends',
        message: expect.stringContaining('"nobody"'),
        where: { line: 7, element: 'cdm:runsOn source="a" target="nobody"' },
      },
    ],
    [
      'a superior that is not in the book',
      '<cdm:net.IpInterface id="i" superior="nobody"/>',
      { rule: 'superior', message: expect.stringContaining('"nobody"') },
    ],
    [
      'a class of a known family, which is taken as its ancestor',
      '<cdm:app.db.db2.Db2Instance id="d"/>',
      { rule: 'class-ancestor', message: expect.stringContaining('DatabaseServer') },
    ],
    [
      'a relationship of an element that was left out',
      `<cdm:foo.Bar id="x"/>${computer('a')}${relation('runsOn', 'x', 'a')}`,
      { rule: 'relation-left-out' },
    ],
  ]
  test.each(cases)('%s', async (_, elements, expected) => {
    const all = await readText(book(operation('create', elements)))
    expect(errors(all)).toEqual([])
    expect(problems(all)).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        ...expected,
        where: expect.objectContaining((expected as { where?: object }).where ?? {}),
      }),
    )
  })

  test('a thousand times the same is told twenty times and then counted', async () => {
    const all = await readText(
      book(
        operation(
          'create',
          '<cdm:foo.Bar id="N"/>\n'.repeat(1_000).replace(/N/g, (_, at) => `n${at}`),
        ),
      ),
    )
    expect(problems(all)).toHaveLength(21)
    expect(problems(all).at(-1)!.message).toMatch(/^980 more like this, the last in line 1005\./)
  })
})

describe('what makes a book doubtful as a whole is an error that names the line', () => {
  const whole = book(operation('create', computer('a')))
  const cases: [string, string, object][] = [
    ['cut off', whole.slice(0, -30), { rule: 'xml', where: { source: 'a.xml', line: 7 } }],
    ['no XML', 'appcode;host\n1;2\n', { rule: 'xml', where: { line: 3 } }],
    ['empty', '', { rule: 'xml' }],
    ['another root', '<html/>', { rule: 'book-structure' }],
    ['a DOCTYPE', `<!DOCTYPE a [<!ENTITY b "c">]>${whole.replace(/<\?.*\?>/, '')}`, { rule: 'doctype' }],
    ['an entity', whole.replace('<cdm:Name>a', '<cdm:Name>&b;'), { rule: 'xml', where: { line: 6 } }],
    [
      'an element that lost its first character',
      whole.replace('</cdm:CDM', 'cdm:runsOn/></cdm:CDM'),
      { rule: 'book-structure', where: { line: 7 } },
    ],
    [
      'two elements with one id',
      book(operation('create', `${computer('a')}\n${linux('a')}`)),
      { rule: 'id-unique', message: expect.stringContaining('line 6'), where: { line: 7 } },
    ],
    ['one element twice', book(operation('create', `${computer('a')}\n${computer('a')}`)), { rule: 'id-unique' }],
    ['no time', whole.replace(/timestamp="[^"]*"/, 'timestamp="yesterday"'), { rule: 'timestamp', where: { line: 4 } }],
    [
      'time that goes backwards',
      book(operation('create', computer('a')), operation('delete', computer('a'), '2026-11-21T10:00:00Z')),
      { rule: 'timestamp-order', where: { line: 8, element: 'idml:delete' } },
    ],
    ['no system', wrapped('<idml:source/><idml:operationSet/>'), { rule: 'source-mss' }],
    [
      'two systems',
      wrapped(source().replace('</idml:source>', '<cdm:process.ManagementSoftwareSystem/></idml:source>')),
      { rule: 'source-mss' },
    ],
    [
      'a system without a name',
      wrapped(`${source('')}<idml:operationSet>${operation('create', '')}</idml:operationSet>`),
      { rule: 'source-mss' },
    ],
    ['no operation', wrapped(source()), { rule: 'book-structure' }],
    ['a refresh that modifies', whole.replaceAll('idml:create', 'idml:refresh'), { rule: 'book-structure' }],
    ['elements of another model', whole.replaceAll('swg/cdm', 'swg/cdn'), { rule: 'source-mss' }],
    ['too deep', whole.replace('<cdm:Name>a', '<cdm:b>'.repeat(40)), { rule: 'depth' }],
    [
      'an element with a thousand attributes',
      whole.replace('sourceToken', Array.from({ length: 1_000 }, (_, at) => `a${at}="1"`).join(' ') + ' sourceToken'),
      { rule: 'attributes' },
    ],
    ['a value of megabytes', whole.replace('<cdm:Name>a', `<cdm:Name>${'a'.repeat(3_000_000)}`), { rule: 'size' }],
    [
      'a comment of megabytes',
      whole.replace('<cdm:Name>a', `<!--${'<'.repeat(3_000_000)}--><cdm:Name>a`),
      { rule: 'size' },
    ],
    ['another encoding', whole.replace('UTF-8', 'EBCDIC-CP-US'), { rule: 'encoding' }],
  ]
  test.each(cases)('%s', async (_, text, expected) => {
    const all = await readText(text)
    expect(errors(all)).toEqual([
      expect.objectContaining({
        ...expected,
        where: expect.objectContaining((expected as { where?: object }).where ?? {}),
      }),
    ])
    expect(all.at(-1)!.kind).toBe('problem')
    expect(errors(all)[0]!.message).toMatch(/^[A-Z].*\.$/s)
  })

  test('bytes that are no text, and a packed book that is damaged', async () => {
    expect(errors(await readText(Buffer.from(whole.replace('<cdm:Name>a', '<cdm:Name>\xff'), 'latin1')))).toMatchObject(
      [{ rule: 'encoding' }],
    )
    expect(errors(await readText(gzipSync(whole).subarray(0, -12), 'a.xml.gz'))).toMatchObject([{ rule: 'file' }])
  })
})

describe('a folder of books', () => {
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'idml-folder-'))))
  afterAll(() => rm(folder, { recursive: true }))
  const put = (name: string, text: string) => writeFile(join(folder, name), text)

  test('is read by stamp, then what has none; books before the latest refresh and those still written are left out', async () => {
    await put('A.h.2026-11-22T10.00.00Z.refresh.xml', book(operation('refresh', computer('old'))))
    await put(
      'A.h.2026-11-22T11.00.00Z.refresh.xml',
      book(operation('refresh', computer('base'), '2026-11-22T11:00:00Z')),
    )
    await put('A.h.2026-11-22T09.00.00Z.xml', book(operation('create', computer('older'))))
    await put('A.h.2026-11-22T12.00.00Z.xml', book(operation('create', computer('later'), '2026-11-22T12:00:00Z')))
    await put('0-last.xml', book(operation('modify', computer('base', 'last'), '2026-11-22T13:00:00Z')))
    await put('A.h.2026-11-22T13.00.00Z.xml.partial', 'half')
    await put('B.h.2026-11-22T08.00.00Z.xml', book(operation('create', computer('b'))).replace('Tool', 'Other'))
    const all = await readFolder(folder)
    expect(problems(all)).toEqual([])
    expect(all.filter(({ kind }) => kind === 'scope').map((one) => (one as { name: string }).name)).toEqual([
      MSS_NAME.replace('Tool', 'Other'),
      MSS_NAME,
    ])
    expect(items(all).map(({ name }) => name)).toEqual(['b', 'base', 'later', 'last'])
    expect(all.filter(({ kind }) => kind === 'complete')).toEqual([{ kind: 'complete', scope: MSS_NAME }])
    const rest = await readFolder(folder, [MSS_NAME])
    expect(items(rest).map(({ name }) => name)).toEqual(['b'])
  })

  test('with one broken book is an error that names the book', async () => {
    await put('C.h.2026-11-22T08.00.00Z.xml', '<idml')
    expect(errors(await readFolder(folder))).toMatchObject([{ where: { source: 'C.h.2026-11-22T08.00.00Z.xml' } }])
  })

  test('that is not there is refused with its name', async () => {
    await expect(readFolder('/nowhere/books')).rejects.toThrow('/nowhere/books cannot be read: it does not exist.')
  })
})
