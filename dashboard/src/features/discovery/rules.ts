/** A rule of identity as a form holds it, every field a text or a tick, and the way from the API and back. */

export interface Identifier {
  name: string
  by: string[]
  strength: 'STRONG' | 'WEAK'
  decisive?: boolean | null
  exclude?: string[] | null
  minOverlap?: number | null
  lookup?: { className: string; attribute: string } | null
}
export interface ValueRule {
  attribute: string
  sources?: string[] | null
  staleAfter?: number | null
  neverFromDiscovery?: boolean | null
  union?: boolean | null
}
export interface Rule {
  className: string
  /** 0: the class has no rule of its own yet. */
  version: number
  identifiers: Identifier[]
  host?: { types: string[]; classNames: string[] } | null
  values: ValueRule[]
  /** Null: as the rule of the parent class says; empty: every source. */
  insertFrom?: string[] | null
}

export interface IdentifierDraft {
  name: string
  by: string
  strength: 'STRONG' | 'WEAK'
  decisive: boolean
  /** One a line. */
  exclude: string
  minOverlap: string
  /** '' : the value stands on the thing itself. */
  lookupClass: string
  lookupAttribute: string
}
/** `inherit`: as the rule of the parent class says. */
export type Shown = 'inherit' | 'one' | 'union' | 'never'
export interface ValueDraft {
  attribute: string
  sources: string
  staleAfter: string
  shown: Shown
  /** As it came, so that what nobody touched goes back unchanged. */
  was: ValueRule | null
}
export type Inserting = 'inherit' | 'every' | 'only'
export interface RuleDraft {
  identifiers: IdentifierDraft[]
  within: boolean
  hostTypes: string[]
  hostClasses: string[]
  values: ValueDraft[]
  inserting: Inserting
  /** Who, where only some may. */
  insertFrom: string
}

export const words = (text: string) => text.split(/[\s,]+/).filter(Boolean)
const lines = (text: string) =>
  text
    .split('\n')
    .map((one) => one.trim())
    .filter(Boolean)

const UNITS: [letter: string, seconds: number, names: RegExp][] = [
  ['d', 86_400, /^d(ays?)?$/i],
  ['h', 3_600, /^h(ours?)?$/i],
  ['min', 60, /^m(in(utes?)?)?$/i],
  ['s', 1, /^s(ec(onds?)?)?$|^$/i],
]

/** '2 h' for 7200. */
export function durationOf(seconds: number | null | undefined): string {
  if (seconds == null) return ''
  const [letter, size] = UNITS.find(([, one]) => seconds % one === 0)!
  return `${seconds / size} ${letter}`
}

/** Null: it is no duration. */
export function secondsOf(text: string): number | null {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? []
  const size = UNITS.find(([, , names]) => names.test(unit))?.[1]
  return number && size ? Math.round(Number(number) * size) : null
}

export const shownOf = ({ union, neverFromDiscovery }: ValueRule): Shown =>
  neverFromDiscovery ? 'never' : union ? 'union' : union === false || neverFromDiscovery === false ? 'one' : 'inherit'

export const anIdentifier = (): IdentifierDraft => ({
  name: '',
  by: '',
  strength: 'WEAK',
  decisive: false,
  exclude: '',
  minOverlap: '',
  lookupClass: '',
  lookupAttribute: '',
})
export const aValue = (): ValueDraft => ({ attribute: '', sources: '', staleAfter: '', shown: 'inherit', was: null })

export function draftOf({ identifiers, host, values, insertFrom = null }: Rule): RuleDraft {
  return {
    identifiers: identifiers.map((one) => ({
      name: one.name,
      by: one.by.join(', '),
      strength: one.strength,
      decisive: one.decisive ?? false,
      exclude: (one.exclude ?? []).join('\n'),
      minOverlap: one.minOverlap == null ? '' : String(one.minOverlap),
      lookupClass: one.lookup?.className ?? '',
      lookupAttribute: one.lookup?.attribute ?? '',
    })),
    within: Boolean(host),
    hostTypes: [...(host?.types ?? [])],
    hostClasses: [...(host?.classNames ?? [])],
    values: values.map((one) => ({
      attribute: one.attribute,
      sources: (one.sources ?? []).join(', '),
      staleAfter: durationOf(one.staleAfter),
      shown: shownOf(one),
      was: one,
    })),
    inserting: insertFrom === null ? 'inherit' : insertFrom.length > 0 ? 'only' : 'every',
    insertFrom: (insertFrom ?? []).join(', '),
  }
}

const FLAGS = { inherit: {}, one: { union: false, neverFromDiscovery: false }, union: { union: true } }

function valueOf({ attribute, sources, staleAfter, shown, was }: ValueDraft): ValueRule {
  const { union, neverFromDiscovery } = was ?? {}
  return {
    attribute: attribute.trim(),
    ...(words(sources).length ? { sources: words(sources) } : {}),
    ...(staleAfter.trim() ? { staleAfter: secondsOf(staleAfter) } : {}),
    ...(was && shownOf(was) === shown
      ? { ...(union == null ? {} : { union }), ...(neverFromDiscovery == null ? {} : { neverFromDiscovery }) }
      : shown === 'never'
        ? { neverFromDiscovery: true }
        : FLAGS[shown]),
  }
}

/** What the server is asked for; `faults` is what it could not even read, by the path of the field. */
export function ruleOf(draft: RuleDraft): {
  rule: Omit<Rule, 'className' | 'version'>
  faults: Record<string, string>
} {
  const faults: Record<string, string> = {}
  draft.identifiers.forEach(({ minOverlap, lookupClass, lookupAttribute }, index) => {
    if (minOverlap.trim() && !/^\d{1,9}$/.test(minOverlap.trim()))
      faults[`identifiers.${index}.minOverlap`] = 'A whole number from 1 to 100, or nothing for 1.'
    if (!lookupClass && lookupAttribute.trim())
      faults[`identifiers.${index}.lookup.className`] = 'Of which class is the attribute?'
  })
  draft.values.forEach(({ staleAfter }, index) => {
    const seconds = secondsOf(staleAfter)
    if (staleAfter.trim() && (seconds === null || seconds > 2_147_483_647))
      faults[`values.${index}.staleAfter`] = 'A time such as 90 s, 15 min, 2 h or 7 d, or nothing for never.'
  })
  if (draft.inserting === 'only' && words(draft.insertFrom).length === 0)
    faults.insertFrom = 'Who may? Kinds of products, or single ones by their id.'
  return {
    faults,
    rule: {
      identifiers: draft.identifiers.map((one) => ({
        name: one.name.trim(),
        by: words(one.by),
        strength: one.strength,
        ...(one.decisive ? { decisive: true } : {}),
        ...(lines(one.exclude).length ? { exclude: lines(one.exclude) } : {}),
        ...(one.minOverlap.trim() ? { minOverlap: Number(one.minOverlap) } : {}),
        ...(one.lookupClass ? { lookup: { className: one.lookupClass, attribute: one.lookupAttribute.trim() } } : {}),
      })),
      host: draft.within ? { types: draft.hostTypes, classNames: draft.hostClasses } : null,
      values: draft.values.map(valueOf),
      insertFrom: { inherit: null, every: [], only: words(draft.insertFrom) }[draft.inserting],
    },
  }
}
