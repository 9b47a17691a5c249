import canonicalize from 'canonicalize'
import { createHash } from 'node:crypto'
import type { Plan } from './plan.ts'
import type { Fact } from './recorder.ts'

/**
 * What an approval signs: the plan (which bytes, to which items, by whom) and everything that was read about it. Facts come
 * sorted; two validations that read the same have the same digest.
 */
export function digestOf(plan: Plan, facts: readonly Fact[]): string {
  const hash = createHash('sha256')
  const { source, targets, distribution, productId } = plan
  const signed = { package: source.digest, targets: targets.map(({ uuid }) => uuid), distribution, productId }
  hash.update(`${canonicalize(signed)}\n`)
  for (const { predicate, subject, value } of facts) hash.update(`${predicate} ${subject} ${canonicalize(value)}\n`)
  return `sha256:${hash.digest('hex')}`
}
