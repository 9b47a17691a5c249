import { globOf, JunkFilter, wordOf } from './junk.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { ClassRule, HostRule, IdentifierRule, JunkValue, ValueRule } from './rule.ts'

/** An identifier of a class, ready to be applied. */
export interface Entry extends IdentifierRule {
  /** Class that defines it and its name, e.g. 'ComputerSystem/machine-id': what marks are filed under. */
  id: string
  /** From 0; the lower one is trusted first. */
  rank: number
  parts: { word: string; optional: boolean }[]
  excluded: RegExp[]
}

/** What a class lends to the things around it, by `lookup`: the MAC address of an interface names its computer. */
export interface Lending {
  entry: Entry
  word: string
}

const DEPTH = 4 // hosts of hosts

/** All rules at one moment, with inheritance worked out. Pure: holds no connection. */
export class IdentityRules {
  readonly junk: JunkFilter
  private readonly rules: Map<string, ClassRule>
  private readonly parents: Map<string, string | null>
  private readonly entries = new Map<string, Entry[]>()
  private readonly lendings = new Map<string, Lending[]>()

  constructor(
    readonly catalogue: Pick<Catalogue, 'classes' | 'class' | 'relationshipTypes'>,
    rules: readonly ClassRule[],
    junk: readonly JunkValue[],
    /** Changes whenever a rule does. */
    readonly revision: number,
  ) {
    this.junk = new JunkFilter(junk)
    this.rules = new Map(rules.map((rule) => [rule.className, rule]))
    const { classes } = catalogue
    this.parents = new Map(classes.map(({ name, parent }) => [name, parent]))
    for (const { name } of classes) this.entries.set(name, this.compile(name))
    for (const { name } of classes) this.lendings.set(name, this.lent(name))
  }

  get classNames(): string[] {
    return [...this.parents.keys()]
  }

  /** The class itself, its parent, and so on. */
  lineOf(className: string): string[] {
    const line: string[] = []
    for (let at: string | null | undefined = className; at && !line.includes(at); at = this.parents.get(at))
      line.push(at)
    return line
  }

  /** The class whose identifiers it uses: things are the same only within one family. */
  familyOf(className: string): string {
    return this.lineOf(className).find((one) => this.rules.get(one)?.identifiers.length) ?? className
  }

  entriesOf(className: string): Entry[] {
    return this.entries.get(className) ?? []
  }

  lendingsOf(className: string): Lending[] {
    return this.lendings.get(className) ?? []
  }

  hostOf(className: string): HostRule | null {
    return this.rules.get(this.familyOf(className))?.host ?? null
  }

  /** Who may make items of a class, and whose rule says so; null: every source may. */
  insertRule(className: string): { sources: readonly string[]; owner: string } | null {
    for (const owner of [...this.lineOf(className), '*']) {
      const sources = this.rules.get(owner)?.insertFrom
      if (sources) return sources.length > 0 ? { sources, owner } : null
    }
    return null
  }

  /** Classes that a host of this class may have, their children included. */
  hostClassesOf(className: string): string[] {
    const wanted = this.hostOf(className)?.classNames ?? []
    return this.classNames.filter((name) => this.lineOf(name).some((one) => wanted.includes(one)))
  }

  /** 0: recognised by itself; 1: within a host; 2: within a host that is itself within one. */
  levelOf(className: string, depth = 0): number {
    const host = this.hostOf(className)
    if (!host || depth >= DEPTH) return 0
    return 1 + Math.max(0, ...host.classNames.map((one) => this.levelOf(one, depth + 1)))
  }

  /**
   * What holds for an attribute: a rule for the attribute goes before one for all, and the child class before the parent.
   * Each field is looked for by itself. `*` is the class of what holds for every class.
   */
  valueRule(className: string, attribute: string): ValueRule & { from: Partial<Record<keyof ValueRule, string>> } {
    const found: ValueRule & { from: Partial<Record<keyof ValueRule, string>> } = { attribute, from: {} }
    for (const name of [attribute, '*']) {
      for (const owner of [...this.lineOf(className), '*']) {
        for (const rule of this.rules.get(owner)?.values ?? []) {
          if (rule.attribute !== name) continue
          for (const field of ['sources', 'staleAfter', 'neverFromDiscovery', 'union'] as const) {
            if (found[field] !== undefined || rule[field] === undefined || rule[field] === null) continue
            Object.assign(found, { [field]: rule[field] })
            found.from[field] = `${owner === '*' ? 'every class' : owner}, ${name === '*' ? 'all attributes' : name}`
          }
        }
      }
    }
    const declared = this.catalogue.class(className)?.attributes.find(({ name }) => name === attribute)
    if (found.neverFromDiscovery === undefined && declared?.neverFromDiscovery) {
      found.neverFromDiscovery = true
      found.from.neverFromDiscovery = `${declared.declaredBy}, ${attribute}`
    }
    return found
  }

  /** Seconds after which what is said of a thing of this class goes stale by some rule, the soonest first. */
  staleLimits(className: string): number[] {
    const limits = ['*', ...this.namedAttributes(className)].map((name) => this.valueRule(className, name).staleAfter)
    return [...new Set(limits.filter((one) => one !== undefined))].toSorted((a, b) => a - b)
  }

  /** Whether some rule lets a value grow stale. */
  get goesStale(): boolean {
    return [...this.rules.values()].some(({ values }) => values.some(({ staleAfter }) => staleAfter != null))
  }

  /** Attributes for which the class or one above it has a rule of their own. */
  namedAttributes(className: string): string[] {
    const owners = [...this.lineOf(className), '*']
    const named = owners.flatMap((owner) => this.rules.get(owner)?.values.map(({ attribute }) => attribute) ?? [])
    const attributes = this.catalogue.class(className)?.attributes ?? []
    const never = attributes.filter((one) => one.neverFromDiscovery).map(({ name }) => name)
    return [...new Set([...named, ...never])].filter((name) => name !== '*')
  }

  private compile(className: string): Entry[] {
    const family = this.familyOf(className)
    return (this.rules.get(family)?.identifiers ?? []).map((rule, rank) => ({
      ...rule,
      id: `${family}/${rule.name}`,
      rank,
      parts: rule.by.map((part) => ({ word: wordOf(part), optional: part.endsWith('?') })),
      excluded: (rule.exclude ?? []).map(globOf),
    }))
  }

  private lent(className: string): Lending[] {
    const line = this.lineOf(className)
    const all = new Map<string, Lending>()
    for (const entries of this.entries.values()) {
      for (const entry of entries) {
        if (!entry.lookup || !line.includes(entry.lookup.className)) continue
        all.set(entry.id, { entry, word: wordOf(entry.lookup.attribute) })
      }
    }
    return [...all.values()]
  }
}
