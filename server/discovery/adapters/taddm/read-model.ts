/**
 * The model as sightings: a scope for each class that is asked for, page by page with depth 1. An attribute that holds other
 * objects is a relationship; an object that only relationships name is a mention.
 */
import type { Problem, ReadOrder, SeenItem, Sighting } from '../adapter.ts'
import { queryPage, QueryRefused, Unusable, type ClientParts, type Page, type TaddmObject } from './client.ts'
import type { TaddmConfig } from './config.ts'
import { shortName, taddmClasses, type TaddmClass } from './vocabulary.ts'

interface Edge {
  type: string
  from: string
  to: string
  evidence: string
}

export async function* readModel(
  config: TaddmConfig,
  { signal, finished }: ReadOrder,
  parts: ClientParts,
): AsyncGenerator<Sighting> {
  const reading = new Reading()
  for (const { name, where } of config.classes) {
    const scope = where ? `${name} where ${where}` : name
    if (finished.has(scope)) continue
    yield { kind: 'scope', name: scope, of: config.classes.length }
    const query = `select * from ${name}${where ? ` where ${where}` : ''}`
    let isWhole = true
    for (let position = 0; ; position += config.fetchSize) {
      let page: Page
      try {
        page = await queryPage(config, query, position, signal, parts)
      } catch (error) {
        if (error instanceof Unusable && !error.isAway) {
          yield { ...problem('answer', error.message, name, error.address), severity: 'error' }
          return
        }
        if (!(error instanceof QueryRefused)) throw error
        const why = `TADDM does not take the query "${query}": ${error.message}.`
        yield { ...problem('query', why, name, error.address), unread: true }
        isWhole = false
        break
      }
      for (const object of page.objects) yield* reading.take(object, name, page.address)
      if (page.objects.length < config.fetchSize) break
    }
    if (isWhole) yield { kind: 'complete', scope }
  }
  yield* reading.rest()
}

const problem = (rule: string, message: string, element: string, source = 'TADDM'): Problem => ({
  kind: 'problem',
  severity: 'warning',
  rule,
  message,
  where: { source, element },
})

class Reading {
  /** Guids. */
  private readonly told = new Set<string>()
  /** What relationships name and nothing told yet, with its class. */
  private readonly mentioned = new Map<string, string>()
  /** Class that was asked for, and one that is not known: said once. */
  private readonly strange = new Set<string>();

  *take(object: TaddmObject, asked: string, source: string): Generator<Sighting> {
    const { guid } = object
    const name = shortName(object._class)
    const element = `${name} guid="${guid}"`
    if (typeof guid !== 'string' || !/^[\dA-F]{32}$/i.test(guid)) {
      yield problem('guid', 'The object has no guid of 32 hexadecimal digits, so it is left out.', element, source)
      return
    }
    // Pages move while discovery writes, and classes that are asked for may hold each other.
    if (this.told.has(guid)) return
    const known = taddmClasses[name] ?? taddmClasses[shortName(asked)]
    if (!known) {
      const message = `The class ${object._class} is not known, so its objects are left out.`
      if (this.isFirst(asked, name)) yield problem('class-unknown', message, element, source)
      return
    }
    if (!taddmClasses[name] && this.isFirst(asked, name)) {
      const message = `The class ${object._class} is not known; it is taken as ${known.className}.`
      yield problem('class-ancestor', message, element, source)
    }
    this.told.add(guid)
    this.mentioned.delete(guid)
    const where = { source, element }
    yield { ...itemOf(object, known), where }
    for (const edge of edgesOf(object, known)) {
      this.note(object, edge)
      yield { kind: 'relationship', ...edge, where }
    }
  }

  private isFirst(asked: string, name: string): boolean {
    const key = `${asked} ${name}`
    const isFirst = !this.strange.has(key)
    this.strange.add(key)
    return isFirst
  }

  /** The class of the other end, in case it is never told itself. */
  private note(object: TaddmObject, { evidence, from, to }: Edge): void {
    const other = from === object.guid ? to : from
    const named = listOf(object[evidence]).find(({ guid }) => guid === other)
    const known = named && taddmClasses[shortName(named._class)]
    if (known && !this.told.has(other)) this.mentioned.set(other, known.className)
  }

  /** What nothing told may be known from an earlier read, or stand in a class that an interrupted run had finished. */
  *rest(): Generator<Sighting> {
    for (const [guid, className] of this.mentioned) yield { kind: 'mention', ref: guid, className, key: guid }
  }
}

function itemOf(object: TaddmObject, known: TaddmClass): SeenItem {
  const attributes = new Map<string, string | number | boolean>()
  for (const [name, value] of Object.entries(object)) {
    const to = known.attributes[name]
    if (to && !attributes.has(to) && isScalar(value)) attributes.set(to, value)
  }
  const identifiers = Object.entries(known.identifiers ?? {}).flatMap(([name, kind]) =>
    isScalar(object[name]) ? [{ kind, value: String(object[name]) }] : [],
  )
  const named = [object.displayName, object.name, object.label, object.fqdn].find(isScalar)
  return {
    kind: 'item',
    ref: object.guid,
    className: known.className,
    name: named === undefined ? object.guid : String(named),
    key: object.guid,
    attributes: Object.fromEntries(attributes),
    ...(identifiers.length ? { identifiers } : {}),
  }
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && value !== ''

function* edgesOf(object: TaddmObject, { relations = {} }: TaddmClass): Generator<Edge> {
  for (const [name, { type, turned }] of Object.entries(relations)) {
    for (const { guid } of listOf(object[name])) {
      const [from, to] = turned ? [guid, object.guid] : [object.guid, guid]
      yield { type, from, to, evidence: name }
    }
  }
}

const listOf = (value: unknown): TaddmObject[] =>
  (Array.isArray(value) ? value : [value]).filter(
    (one): one is TaddmObject =>
      typeof one === 'object' && one !== null && typeof (one as TaddmObject).guid === 'string',
  )
