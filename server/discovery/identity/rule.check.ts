/** What is wrong with a rule that somebody wrote, each fault with the path of its field. */
import { BadInput, Refusals } from '../../kernel/errors.ts'
import type { HostRule, IdentifierRule, ValueRule } from './rule.ts'

export interface WrittenRule {
  identifiers: readonly IdentifierRule[]
  host: HostRule | null
  values: readonly ValueRule[]
  insertFrom: readonly string[] | null
}

/** What a rule can name. Of what stood in it before, nothing is asked: it may be somebody's who comes later. */
export interface Nameable {
  isClass(name: string): boolean
  isRelationshipType(name: string): boolean
  /** Kind of a product, or a product. */
  isSource(name: string): boolean
}

const ATTRIBUTE = /^[A-Za-z][\w.-]{0,79}$/
const LONGEST_PATTERN = 200 // characters
const EVER = 315_360_000 // s, ten years

type Fault = (path: (string | number)[], message: string, rule: string) => void

/** Refuses with all faults at once. */
export function checkRule(written: WrittenRule, nameable: Nameable): void {
  const faults: BadInput[] = []
  const fault: Fault = (path, message, rule) =>
    void faults.push(new BadInput(message, { field: path.map(String), rule }))
  checkIdentifiers(written, nameable, fault)
  if (written.host) checkHost(written.host, nameable, fault)
  checkValues(written.values, nameable, fault)
  checkSources(written.insertFrom, nameable, (message) => fault(['insertFrom'], message, 'source'))
  const [first, ...more] = faults
  if (first) throw more.length > 0 ? new Refusals([first, ...more]) : first
}

function checkIdentifiers({ identifiers, host }: WrittenRule, nameable: Nameable, fault: Fault): void {
  const rule = 'identifiers of a class'
  for (const [index, { name, by, lookup, exclude, minOverlap }] of identifiers.entries()) {
    const at = (field: string) => ['identifiers', index, field]
    if (!/^[a-z][a-z0-9-]{0,49}$/.test(name))
      fault(at('name'), `"${name.slice(0, 60)}" is no name of an identifier: small letters, digits and hyphens.`, rule)
    else if (identifiers.findIndex((one) => one.name === name) !== index)
      fault(at('name'), `Two identifiers are called ${name}.`, rule)
    if (by.length > 5 || by.some((one) => !ATTRIBUTE.test(one.replace(/\?$/, ''))))
      fault(at('by'), `${name} takes up to five names of attributes or kinds of identifiers.`, rule)
    else if (by.length > 0 && by.every((one) => one.endsWith('?')))
      fault(at('by'), `${name} needs one attribute that may not be missing.`, rule)
    else if (by.length === 0 && !lookup && !host)
      fault(at('by'), `${name} names nothing, which stands for one thing on a host, and the class has no host.`, rule)
    if (by.length > 0 && lookup)
      fault(at('by'), `${name} looks for its value on things inside, so it takes no attributes of its own.`, rule)
    if (lookup && !nameable.isClass(lookup.className))
      fault([...at('lookup'), 'className'], `There is no class ${lookup.className.slice(0, 80)}.`, 'class')
    if (lookup && !ATTRIBUTE.test(lookup.attribute))
      fault([...at('lookup'), 'attribute'], `${name} looks for one attribute of ${lookup.className}.`, rule)
    const strange = exclude?.find((one) => !one.trim() || one.length > LONGEST_PATTERN || /^\**$/.test(one.trim()))
    if (strange !== undefined)
      fault(at('exclude'), `${name}: "${strange.slice(0, 80)}" leaves out everything, nothing, or is too long.`, rule)
    if (minOverlap != null && (minOverlap < 1 || minOverlap > 100))
      fault(at('minOverlap'), `${name}: between 1 and 100 values in common.`, rule)
  }
}

function checkHost({ types, classNames }: HostRule, nameable: Nameable, fault: Fault): void {
  const [type, name] = [
    types.find((one) => !nameable.isRelationshipType(one)),
    classNames.find((one) => !nameable.isClass(one)),
  ]
  if (type !== undefined)
    fault(['host', 'types'], `There is no relationship type ${type.slice(0, 80)}.`, 'relationship type')
  if (name !== undefined) fault(['host', 'classNames'], `There is no class ${name.slice(0, 80)}.`, 'class')
  if (classNames.length === 0)
    fault(['host', 'classNames'], 'A thing that is recognised within another needs a class for the other.', 'host')
}

function checkValues(values: readonly ValueRule[], nameable: Nameable, fault: Fault): void {
  for (const [index, { attribute, staleAfter, sources }] of values.entries()) {
    const at = (field: string) => ['values', index, field]
    if (attribute !== '*' && !ATTRIBUTE.test(attribute))
      fault(at('attribute'), `"${attribute.slice(0, 80)}" is no name of an attribute; * stands for all.`, 'attribute')
    else if (values.findIndex((one) => one.attribute === attribute) !== index)
      fault(at('attribute'), `There are two rules for ${attribute}.`, 'one rule for an attribute')
    checkSources(sources ?? null, nameable, (message) => fault(at('sources'), message, 'source'))
    if (staleAfter != null && (staleAfter < 1 || staleAfter > EVER))
      fault(at('staleAfter'), `${attribute}: stale after 1 s at the soonest, and 10 years at the latest.`, 'staleness')
  }
}

function checkSources(sources: readonly string[] | null, nameable: Nameable, fault: (message: string) => void): void {
  const strange = sources?.find((one) => !nameable.isSource(one))
  if (strange === undefined) return
  fault(
    `There is no product and no kind of products called "${strange.slice(0, 80)}"; confirmation stands for what is looked at after a deployment.`,
  )
}
