/**
 * A refresh book of items and relationships, as a stream of text. What the Common Data Model has no name for goes as
 * extended attributes, so that reading the book again gives the same. Characters that XML cannot hold become U+FFFD.
 */
import { CDM, IDML } from './book.ts'
import { mssName, type Mss } from './mss.ts'
import { EXTENDED } from '../adapter.ts'
import { SHAPES } from './shapes.ts'
import { CLASS_ATTRIBUTE, cdmClasses, cdmRelations, type CdmClass } from './vocabulary.ts'

export interface BookHead {
  mss: Mss
  /** Of the program that writes. */
  version: string
  /** Where the system is seen by people. */
  url?: string
  at: Date
}

export interface BookItem {
  /** Unique in the book, without spaces. */
  id: string
  className: string
  /** The classes above its class, the nearest first. */
  ancestors?: readonly string[]
  name: string
  key: string
  attributes: Readonly<Record<string, unknown>>
}

export interface BookRelationship {
  type: string
  /** Ids of items of the book. */
  from: string
  to: string
}

type Several<T> = AsyncIterable<T> | Iterable<T>

/** In pieces that are worth a write each. `notes`: sentences about what the book cannot carry, at its end. */
export async function* writeBook(
  head: BookHead,
  items: Several<BookItem>,
  relationships: Several<BookRelationship>,
  notes: Several<string> = [],
): AsyncGenerator<string> {
  let piece = ''
  for await (const line of lines(head, items, relationships, notes)) {
    piece += line
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield piece
}

const PIECE = 65_536 // characters

async function* lines(
  head: BookHead,
  items: Several<BookItem>,
  relationships: Several<BookRelationship>,
  notes: Several<string>,
): AsyncGenerator<string> {
  const at = head.at.toISOString().replace(/\.\d+Z$/, 'Z')
  const { hostname, manufacturer, product } = head.mss
  const token = head.url ? ` sourceToken="${escaped(head.url)}"` : ''
  yield `<?xml version="1.0" encoding="UTF-8"?>
<idml:idml xmlns:idml="${IDML}" xmlns:cdm="${CDM}">
  <idml:source IdMLSchemaVersion="0.8">
    <cdm:process.ManagementSoftwareSystem id="${escaped(`WAYBILL.${hostname}`)}"${token} CDMSchemaVersion="2.10.3">
      ${value('MSSName', mssName(head.mss))}${value('ManufacturerName', manufacturer)}${value('ProductName', product)}${value('ProductVersion', head.version)}${value('Hostname', hostname)}
    </cdm:process.ManagementSoftwareSystem>
  </idml:source>
  <idml:operationSet opid="1">
    <idml:refresh timestamp="${at}"><idml:create timestamp="${at}">
      <cdm:CDM-ER-Specification>
`
  for await (const item of items) yield `        ${element(item)}\n`
  for await (const relationship of relationships) yield `        ${relation(relationship)}\n`
  yield `      </cdm:CDM-ER-Specification>
    </idml:create></idml:refresh>
  </idml:operationSet>
`
  for await (const note of notes) yield `  <!-- ${note.replaceAll('--', '- -')} -->\n`
  yield '</idml:idml>\n'
}

/** A class of ours without one in the model is written as this, with its name beside. */
const OTHER: CdmClass = cdmClasses.find(({ cdm }) => cdm === 'core.LogicalContent')!

function rowFor({ className, ancestors = [] }: BookItem): { row: CdmClass; isExact: boolean } {
  for (const name of [className, ...ancestors]) {
    const row = cdmClasses.find((one) => one.className === name)
    if (row) return { row, isExact: name === className }
  }
  return { row: OTHER, isExact: false }
}

function element(item: BookItem): string {
  const { row, isExact } = rowFor(item)
  const nameIn = row.name.includes('Name') ? 'Name' : 'Label'
  const told = new Map<string, string>([[nameIn, item.name]])
  const extended: [string, string][] = isExact ? [] : [[CLASS_ATTRIBUTE, item.className]]
  for (const [own, given] of Object.entries(item.attributes)) {
    const values = (Array.isArray(given) ? given : [given]).map(text).filter((one) => one !== '')
    const cdm = cdmNameOf(row, own, values)
    if (cdm && !told.has(cdm)) told.set(cdm, values[0]!)
    else extended.push(...values.map((one): [string, string] => [own.replace(EXTENDED, ''), one]))
  }
  const isNamed = row.naming.some(({ attributes, context }) => !context && attributes.every((name) => told.has(name)))
  if (!isNamed) told.set('ManagedSystemName', item.key)
  const inner = [...told].map(([cdm, one]) => value(cdm, one))
  if (extended.length) inner.push(`<cdm:extension>${extended.map(extattr).join('')}</cdm:extension>`)
  return `<cdm:${row.cdm} id="${escaped(item.id)}" sourceToken="${escaped(item.key)}">${inner.join('')}</cdm:${row.cdm}>`
}

/** Only a single value of the right shape goes under its CDM name. */
function cdmNameOf(row: CdmClass, own: string, values: readonly string[]): string | undefined {
  if (values.length !== 1) return undefined
  const cdm = Object.keys(row.attributes).find((name) => row.attributes[name] === own)
  return cdm && (SHAPES[cdm]?.[0].test(values[0]!) ?? true) ? cdm : undefined
}

function relation({ type, from, to }: BookRelationship): string {
  const known = cdmRelations.find((one) => one.type === type)
  const [source, target] = known?.turned ? [to, from] : [from, to]
  return `<cdm:${known?.cdm ?? type} source="${escaped(source)}" target="${escaped(target)}"/>`
}

const text = (given: unknown): string =>
  given === null || given === undefined ? '' : typeof given === 'object' ? JSON.stringify(given) : String(given)

/** Readers trim values that do not say otherwise. */
const space = (content: string) => (content.trim() === content ? '' : ' xml:space="preserve"')
const value = (name: string, content: string) => `<cdm:${name}${space(content)}>${escaped(content)}</cdm:${name}>`
const extattr = ([name, content]: [string, string]) =>
  `<cdm:extattr name="${escaped(name)}"${space(content)}>${escaped(content)}</cdm:extattr>`

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(content: string): string {
  return content
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"\t\n\r]/g, (one) => ESCAPES[one] ?? `&#${one.charCodeAt(0)};`)
}
