/** From an element of a book to an item of Waybill's classes, by the table in vocabulary.ts. */
import type { SeenItem } from '../adapter.ts'
import type { ElementPart } from './parts.ts'
import { CLASS_ATTRIBUTE, cdmClassOf, type CdmClass } from './vocabulary.ts'

export interface Taken {
  /** Waybill's class; null: nothing that Waybill keeps; undefined: a class that nobody knows. */
  className: string | null | undefined
  row: CdmClass | undefined
  /** Only the family of the class is known. */
  isAncestor: boolean
}

export function classOf({ cdmClass, extended }: ElementPart): Taken {
  const known = cdmClassOf(cdmClass)
  const written = extended.get(CLASS_ATTRIBUTE)?.[0]
  return { className: written ?? known?.row.className, row: known?.row, isAncestor: !!known?.isAncestor && !written }
}

/** The lasting key inside one management software system. */
export const keyOf = ({ sourceToken, id }: ElementPart): string => sourceToken || id!

export function itemOf(
  element: ElementPart,
  row: CdmClass | undefined,
): Pick<SeenItem, 'name' | 'attributes' | 'extended' | 'identifiers'> {
  const name = nameOf(element, row)
  const attributes = new Map<string, readonly string[]>()
  for (const [cdm, values] of element.attributes) {
    const only = values.length === 1 ? values[0] : undefined
    if (row?.silent?.includes(cdm)) continue
    const mapped = row?.attributes[cdm]
    // These three repeat what is told already.
    if (!mapped && only === name && NAMES.includes(cdm)) continue
    if (cdm === 'ManagedSystemName' && only === element.sourceToken) continue
    const to = mapped ?? camel(cdm)
    if (!attributes.has(to)) attributes.set(to, values)
  }
  const extended = [...element.extended].filter(([own]) => own !== CLASS_ATTRIBUTE && !attributes.has(own))
  const identifiers = identifiersOf(element, row)
  addMarks(attributes, element, row)
  return {
    name,
    attributes: plain(attributes),
    ...(extended.length > 0 ? { extended: plain(extended) } : {}),
    identifiers,
  }
}

const plain = (told: Iterable<[string, readonly string[]]>) =>
  Object.fromEntries([...told].map(([to, values]) => [to, values.length === 1 ? values[0]! : values]))

const NAMES = ['Label', 'Name', 'DisplayName']

function nameOf(element: ElementPart, row: CdmClass | undefined): string {
  for (const cdm of row?.name ?? NAMES) {
    const value = element.attributes.get(cdm)?.[0]
    if (value) return value
  }
  return keyOf(element)
}

/** 'OSName' → 'osName', 'FQDN' → 'fqdn', 'Owner.Name' → 'ownerName'. */
export function camel(cdm: string): string {
  const [first, ...others] = cdm.split(/[.:]/)
  const low = first!.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, (start) => start.toLowerCase())
  return low + others.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
}

/** "lowestIP(MAC)". */
const signatureOf = (element: ElementPart) =>
  /^([\d.]+|[\da-f:]+)\(([\da-f]{12})\)$/i.exec(element.attributes.get('Signature')?.[0] ?? '')
const machineIdOf = ({ sourceToken }: ElementPart) =>
  /^machine-id=([\da-f]{32})$/i.exec(sourceToken ?? '')?.[1]?.toLowerCase()

/** What stands in a signature or a key is an attribute too, unless the book tells it. */
function addMarks(attributes: Map<string, readonly string[]>, element: ElementPart, row: CdmClass | undefined): void {
  if (row?.className !== 'ComputerSystem') return
  const marks = { address: signatureOf(element)?.[1], machineId: machineIdOf(element) }
  for (const [name, value] of Object.entries(marks)) if (value && !attributes.has(name)) attributes.set(name, [value])
}

function identifiersOf(element: ElementPart, row: CdmClass | undefined): { kind: string; value: string }[] {
  const found = Object.entries(row?.identifiers ?? {}).flatMap(([cdm, kind]) =>
    (element.attributes.get(cdm) ?? []).map((value) => ({ kind, value: kind === 'mac' ? mac(value) : value })),
  )
  const signed = signatureOf(element)
  if (signed) found.push({ kind: 'mac', value: mac(signed[2]!) })
  const machineId = machineIdOf(element)
  if (machineId) found.push({ kind: 'machine-id', value: machineId })
  return found
}

function mac(written: string): string {
  const digits = written.replace(/[^\da-f]/gi, '').toLowerCase()
  return digits.length === 12 ? digits.match(/../g)!.join(':') : written
}
