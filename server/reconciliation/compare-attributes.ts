/** Which attributes of a linked pair are compared, and at which of them the two sides differ. */
import { isDeepStrictEqual } from 'node:util'
import type { AttributeRule, Catalogue } from '../catalogue/catalogue.ts'
import { fits } from '../item/attributes.ts'
import type { Brought } from './promotion-mapping.ts'
import type { Difference } from './reconciliation-result.entity.ts'
import type { ReconciliationTask } from './reconciliation-task.entity.ts'

interface BothSides {
  className: string
  authorized: Record<string, unknown>
  seenClass: string
  seen: Record<string, unknown>
}

type CompareRules = Pick<ReconciliationTask, 'attributes' | 'ignoredAttributes' | 'caseSensitive'>

/** Attribute by attribute of those that are compared. What was not seen says nothing. */
export function differencesOf(
  catalogue: Catalogue,
  pair: BothSides,
  task: CompareRules,
  brought: Brought,
): Difference[] {
  const { authorized, seen } = pair
  return comparedAttributes(catalogue, pair, task, brought).flatMap((name) => {
    const [actual, wanted] = [seen[name] ?? null, authorized[name] ?? null]
    if (actual === null || same(actual, wanted, task.caseSensitive)) return []
    return [{ attribute: name, authorized: wanted, actual }]
  })
}

/**
 * Those that the task names, or that promotion copies. What the mapping between the two classes leaves out is compared only
 * where somebody planned a value, and what the authorized class cannot have is not.
 */
export function comparedAttributes(
  catalogue: Catalogue,
  { className, authorized, seenClass, seen }: BothSides,
  task: Pick<CompareRules, 'attributes' | 'ignoredAttributes'>,
  broughtBetween: Brought,
): string[] {
  const brought = broughtBetween(seenClass, className)
  const isAsked = ({ name, copied }: AttributeRule) =>
    task.attributes.length > 0
      ? task.attributes.includes(name)
      : brought
        ? brought.has(name) || (copied && (authorized[name] ?? null) !== null)
        : copied
  const canHave = (rule: AttributeRule) =>
    className === seenClass || (seen[rule.name] ?? null) === null || fits(rule, seen[rule.name])
  return catalogue
    .attributesOf(className)
    .filter((rule) => isAsked(rule) && canHave(rule) && !task.ignoredAttributes.includes(rule.name))
    .map(({ name }) => name)
}

function same(one: unknown, other: unknown, caseSensitive: boolean): boolean {
  if (!caseSensitive && typeof one === 'string' && typeof other === 'string') {
    return one.toLowerCase() === other.toLowerCase()
  }
  return isDeepStrictEqual(one, other)
}
