/** Books for tests: small ones from parts, and the one of the lab. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Problem, Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { idmlAdapter } from '../../../server/discovery/adapters/idml/index.ts'

export const LAB_BOOK = 'WBSSH00.ctl.lab.invalid.2026-11-22T10.55.40Z.refresh.xml'
export const labBookPath = join(import.meta.dirname, LAB_BOOK)
export const labBook = () => readFile(labBookPath, 'utf8')

export const NAMESPACES = 'xmlns:idml="http://www.ibm.com/xmlns/swg/idml" xmlns:cdm="http://www.ibm.com/xmlns/swg/cdm"'
export const MSS_NAME = 'ibm-cdm:///CDMMSS/Hostname=h1+ManufacturerName=Acme+ProductName=Tool'

export const source = (mss = `<cdm:MSSName>${MSS_NAME}</cdm:MSSName>`) =>
  `<idml:source IdMLSchemaVersion="0.8"><cdm:process.ManagementSoftwareSystem CDMSchemaVersion="2.10.3">${mss}</cdm:process.ManagementSoftwareSystem></idml:source>`

export const operation = (name: string, elements: string, timestamp = '2026-11-22T10:00:00Z'): string =>
  name === 'refresh'
    ? `<idml:refresh timestamp="${timestamp}">${operation('create', elements, timestamp)}</idml:refresh>`
    : `<idml:${name} timestamp="${timestamp}">\n<cdm:CDM-ER-Specification>\n${elements}\n</cdm:CDM-ER-Specification></idml:${name}>`

export const book = (...operations: string[]) =>
  wrapped(`${source()}\n<idml:operationSet opid="1">${operations.join('\n')}</idml:operationSet>`)

export const wrapped = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<idml:idml ${NAMESPACES}>\n${inner}\n</idml:idml>\n`

export const computer = (id: string, name = id) =>
  `<cdm:sys.ComputerSystem id="${id}" sourceToken="t-${id}"><cdm:Name>${name}</cdm:Name><cdm:Signature>10.0.0.1(02000000000A)</cdm:Signature></cdm:sys.ComputerSystem>`
export const linux = (id: string) =>
  `<cdm:sys.linux.Linux id="${id}" sourceToken="t-${id}"><cdm:OSName>Debian</cdm:OSName></cdm:sys.linux.Linux>`
export const relation = (type: string, from: string, to: string) => `<cdm:${type} source="${from}" target="${to}"/>`

const product = { id: 'p1', name: 'Books', config: {} }

/** What the adapter makes of one uploaded book. */
export async function readText(text: string | Buffer, name = 'a.xml'): Promise<Sighting[]> {
  const all: Sighting[] = []
  const upload = { name, open: () => Readable.from([Buffer.from(text)]) }
  const order = { product, upload, signal: new AbortController().signal, finished: new Set<string>() }
  for await (const one of idmlAdapter().read(order)) all.push(one)
  return all
}

export async function readFolder(folder: string, finished: string[] = []): Promise<Sighting[]> {
  const all: Sighting[] = []
  const order = {
    product: { ...product, config: { folder } },
    signal: new AbortController().signal,
    finished: new Set(finished),
  }
  for await (const one of idmlAdapter().read(order)) all.push(one)
  return all
}

export const problems = (all: readonly Sighting[]) => all.filter((one): one is Problem => one.kind === 'problem')
export const errors = (all: readonly Sighting[]) => problems(all).filter(({ severity }) => severity === 'error')
export const items = (all: readonly Sighting[]) => all.filter((one) => one.kind === 'item')
export const relationships = (all: readonly Sighting[]) => all.filter((one) => one.kind === 'relationship')
