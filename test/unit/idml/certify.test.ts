import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { certify } from '../../../server/discovery/adapters/idml/certify.ts'
import { book, computer, labBook, linux, operation, relation, source, wrapped } from '../../support/idml/books.ts'

const certified = (text: string) => certify({ name: 'a.xml', open: () => Readable.from([Buffer.from(text)]) })
const created = (elements: string) => certified(book(operation('create', elements)))

describe('the seven checks', () => {
  test('are passed by the book of the lab, which has twenty elements and twenty relations', async () => {
    const certificate = await certified(await labBook())
    expect(certificate).toMatchObject({
      passed: true,
      mss: 'ibm-cdm:///CDMMSS/Hostname=ctl.lab.invalid+ManufacturerName=Waybill+ProductName=ssh-dla',
      elements: 20,
      relations: 20,
    })
    expect(certificate.checks.map(({ code, passed, errors, warnings }) => [code, passed, errors, warnings])).toEqual(
      ['00', '01', '02', '03', '04', '05', '06'].map((code) => [code, true, 0, 0]),
    )
  })

  const host = `${computer('a')}\n`
  const cases: [string, string, string, object][] = [
    [
      '01',
      'an element without an id',
      '<cdm:sys.ComputerSystem><cdm:Signature>x</cdm:Signature></cdm:sys.ComputerSystem>',
      { rule: 'element-id', where: { line: 6 } },
    ],
    ['01', 'an id with a space', computer('a b'), { rule: 'element-id' }],
    ['01', 'an id that stands for two elements', host + computer('a'), { rule: 'id-unique', where: { line: 7 } }],
    [
      '02',
      'a superior that is nowhere',
      '<cdm:app.Application id="x" superior="y"><cdm:Name>n</cdm:Name></cdm:app.Application>',
      { rule: 'superior', where: { element: 'cdm:app.Application id="x"' } },
    ],
    [
      '03',
      'an address that is none',
      '<cdm:net.IpV4Address id="i"><cdm:DotNotation>ten</cdm:DotNotation></cdm:net.IpV4Address>',
      { rule: 'attribute-value' },
    ],
    [
      '03',
      'an attribute that is there twice',
      computer('a').replace('<cdm:Signature>', '<cdm:Fqdn>x</cdm:Fqdn><cdm:Fqdn>y</cdm:Fqdn><cdm:Signature>'),
      { rule: 'attribute-twice' },
    ],
    [
      '04',
      'a computer that only has a name',
      '<cdm:sys.ComputerSystem id="a"><cdm:Name>a</cdm:Name></cdm:sys.ComputerSystem>',
      {
        rule: 'naming-rule',
        message: expect.stringContaining('Signature'),
        where: { line: 6, element: 'cdm:sys.ComputerSystem' },
      },
    ],
    ['04', 'an operating system on nothing', host + linux('o'), { rule: 'naming-rule', where: { line: 7 } }],
    ['05', 'a name that is no class', '<cdm:Thing id="x"/>', { rule: 'class-name' }],
    [
      '06',
      'a relation to nothing',
      host + relation('runsOn', 'a', 'z'),
      { rule: 'relation-ends', message: expect.stringContaining('"z"'), where: { line: 7 } },
    ],
  ]
  test.each(cases)('%s finds %s, and only that fails', async (code, _, elements, finding) => {
    const { passed, checks } = await created(elements)
    expect(passed).toBe(false)
    expect(checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([code])
    const { findings } = checks.find((check) => check.code === code)!
    expect(findings).toMatchObject([{ severity: 'error', ...finding }])
  })

  test('take a relationship that comes before or after its elements as the name of an operating system', async () => {
    for (const elements of [
      host + linux('o') + relation('installedOn', 'o', 'a'),
      relation('runsOn', 'o', 'a') + host + linux('o'),
      host + linux('o').replace('sourceToken', 'superior="a" sourceToken'),
    ])
      expect((await created(elements)).passed).toBe(true)
  })

  test('only warn of what the table of classes cannot judge, and of values that say nothing', async () => {
    const { passed, checks } = await created(
      `<cdm:foo.Bar id="x"/><cdm:foo.Bar id="y"/>${relation('likes', 'x', 'y')}${computer('a').replace('<cdm:Signature>', '<cdm:SerialNumber>UNKNOWN</cdm:SerialNumber><cdm:Signature>')}`,
    )
    expect(passed).toBe(true)
    expect(checks.flatMap(({ findings }) => findings.map(({ severity, rule }) => [severity, rule]))).toEqual([
      ['warning', 'attribute-junk'],
      ['warning', 'class-unknown'],
      ['warning', 'relation-type'],
    ])
  })

  test('of operations look at time and order', async () => {
    const { checks } = await certified(
      book(
        operation('create', host),
        operation('modify', host, '2026-11-21T10:00:00Z'),
        operation('modify', host, 'now'),
      ),
    )
    expect(checks[5]!.findings.map(({ rule }) => rule)).toEqual(['timestamp-order', 'timestamp'])
  })

  test('stop where the file is no XML any more, and say nothing of what comes after', async () => {
    const { passed, checks } = await certified(book(operation('create', host)).slice(0, -20))
    expect(passed).toBe(false)
    expect(checks.map((check) => check.passed)).toEqual([false, ...Array(6).fill(undefined)])
    expect(checks[0]!.findings).toMatchObject([{ rule: 'xml', where: { source: 'a.xml', line: 8 } }])
  })

  test('05 wants exactly one management software system', async () => {
    const { checks } = await certified(wrapped(source().replace('process.Management', 'process.Other')))
    expect(checks[5]).toMatchObject({ passed: false, findings: [{ rule: 'source-mss' }] })
  })
})
