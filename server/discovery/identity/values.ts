/** Which value wins: a pure function of what every source says and of the rules, so that it can be told and redone. */
import { isDeepStrictEqual } from 'node:util'
import { toNodeId } from '../../kernel/node-id.ts'
import type { IdentityRules } from './rules.ts'

/** What one source says of a thing now. */
export interface Witness {
  observationId: string
  /** 'product:<uuid>' or 'confirmation'. */
  source: string
  /** Kind of the product, e.g. 'ssh'; 'confirmation'. */
  kind: string
  key: string | null
  name: string | null
  attributes: Record<string, unknown>
  /** Milliseconds; when it was seen so last. */
  at: number
  /** How many seconds lay between that and when its age was counted last; null: it never was. */
  age: number | null
  /** The source does not see the thing any more. */
  missing: boolean
}

export interface Verdict {
  attribute: string
  /** Null: there is none to show. */
  value: unknown
  /** Null: no single source won. */
  winner: Witness | null
  /** Why the winner wins, a sentence. */
  rule: string
  losers: { witness: Witness; value: unknown; reason: string }[]
  /** Whose word is stale by the rule, and since when: milliseconds. */
  stale: ReadonlyMap<Witness, number>
}

/** Who says something: a product, or a confirmation. */
export type Speaker = Pick<Witness, 'source' | 'kind'>

/** The name of a product as a source of observations. */
export const sourceOf = (productId: string) => `product:${productId}`

/** Where a source stands in a list of the most trusted ones; whoever is not named stands after them all. */
export function placeOf({ kind, source }: Speaker, places: readonly string[]): number {
  const place = places.findIndex(
    (one) =>
      one === kind ||
      one === source ||
      sourceOf(one) === source ||
      (one.startsWith('prd_') && one === toNodeId('prd', source.slice(sourceOf('').length))),
  )
  return place === -1 ? places.length : place
}

const NAME = 'name'

/** Everything that some source says, by attribute. `name` is one of them. */
export function verdictsOf(
  className: string,
  witnesses: readonly Witness[],
  rules: IdentityRules,
): Map<string, Verdict> {
  const names = new Set(witnesses.flatMap((one) => Object.keys(one.attributes)))
  names.add(NAME)
  return new Map(
    [...names].toSorted().map((attribute) => [attribute, verdictOf(className, attribute, witnesses, rules)]),
  )
}

/** The values that an item shows: its name and its attributes. */
export function winnersOf(className: string, witnesses: readonly Witness[], rules: IdentityRules) {
  const attributes: Record<string, unknown> = {}
  let name: string | null = null
  for (const { attribute, value } of verdictsOf(className, witnesses, rules).values()) {
    if (attribute === NAME) name = value as string | null
    else if (value !== null) attributes[attribute] = value
  }
  return { name, attributes }
}

const saidBy = (witness: Witness, attribute: string): unknown =>
  (attribute === NAME ? witness.name : witness.attributes[attribute]) ?? null

export function verdictOf(
  className: string,
  attribute: string,
  witnesses: readonly Witness[],
  rules: IdentityRules,
): Verdict {
  const rule = rules.valueRule(className, attribute)
  // Nothing never overwrites something.
  const said = witnesses.filter((one) => saidBy(one, attribute) !== null && saidBy(one, attribute) !== '')
  const loser = (reason: string) => (witness: Witness) => ({ witness, value: saidBy(witness, attribute), reason })
  const none = { attribute, value: null, winner: null, stale: new Map<Witness, number>() }
  if (said.length === 0) return { ...none, rule: 'No source says anything.', losers: [] }
  if (rule.neverFromDiscovery) {
    const why = `It is never taken from discovery (rule of ${rule.from.neverFromDiscovery}).`
    return { ...none, rule: why, losers: said.map(loser(why)) }
  }
  if (rule.union) return unionOf(attribute, said, `All values together (rule of ${rule.from.union}).`)
  const places = rule.sources ?? []
  const listed = places.includes('confirmation')
  const [products, confirmations] = [
    said.filter((one) => listed || one.kind !== 'confirmation'),
    said.filter((one) => !listed && one.kind === 'confirmation'),
  ]
  const stale = new Map(
    products.flatMap((one): [Witness, number][] =>
      rule.staleAfter !== undefined && one.age !== null && one.age >= rule.staleAfter
        ? [[one, one.at + rule.staleAfter * 1000]]
        : [],
    ),
  )
  const order = (a: Witness, b: Witness) =>
    Number(a.missing) - Number(b.missing) ||
    Number(stale.has(a)) - Number(stale.has(b)) ||
    placeOf(a, places) - placeOf(b, places) ||
    b.at - a.at ||
    compare(a.source, b.source) ||
    compare(a.key ?? '', b.key ?? '')
  const [first, second] = products.toSorted(order)
  const confirmed = confirmations.toSorted((a, b) => b.at - a.at)[0]
  const winner = confirmed && (!first || first.missing || confirmed.at >= first.at) ? confirmed : first!
  const others = said.filter((one) => one !== winner)
  return {
    attribute,
    value: saidBy(winner, attribute),
    winner,
    rule: winner === confirmed ? 'A confirmation looked after the last discovery.' : reasonOf(first!, second),
    stale,
    losers: others.map((one) =>
      loser(one.kind === 'confirmation' && !listed ? 'Discovery looked later.' : behind(one))(one),
    ),
  }

  function reasonOf(best: Witness, next: Witness | undefined): string {
    if (!next) return 'It is the only source that says anything.'
    if (!best.missing && next.missing) return 'It is the only source that still sees the item.'
    if (!stale.has(best) && stale.has(next))
      return `The values of others are older than ${rule.staleAfter} s (rule of ${rule.from.staleAfter}).`
    if (placeOf(best, places) < placeOf(next, places))
      return `Its source is trusted most (rule of ${rule.from.sources}).`
    return 'Among sources that are trusted alike the latest look counts.'
  }
  function behind(one: Witness): string {
    if (one.missing) return 'Its source does not see the item any more.'
    if (stale.has(one))
      return `It is older than ${rule.staleAfter} s, so it is stale since ${new Date(stale.get(one)!).toISOString()}.`
    if (winner !== confirmed && isDeepStrictEqual(saidBy(one, attribute), saidBy(winner, attribute)))
      return 'It says the same.'
    if (winner !== confirmed && placeOf(one, places) > placeOf(winner, places)) return 'Its source is trusted less.'
    return 'It was seen earlier.'
  }
}

function unionOf(attribute: string, said: readonly Witness[], rule: string): Verdict {
  const here = said.filter((one) => !one.missing)
  const all = (here.length ? here : said).flatMap((one) => saidBy(one, attribute) as unknown[] | unknown)
  const value = [...new Map(all.map((one) => [JSON.stringify(one), one])).entries()].toSorted(([a], [b]) =>
    compare(a, b),
  )
  return {
    attribute,
    value: value.map(([, one]) => one),
    winner: null,
    rule,
    stale: new Map(),
    losers: said.map((witness) => ({ witness, value: saidBy(witness, attribute), reason: 'It is part of the list.' })),
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
