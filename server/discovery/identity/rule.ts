/** The shapes of the rules by which things are recognised and values chosen. Kept as data, one row for each class. */

/** One way to recognise a thing, tried in the order of the list. */
export interface IdentifierRule {
  /** Unique within the class, e.g. 'machine-id'. */
  name: string
  /** Attributes or kinds of identifiers, all of which must be there; `arch?` may be missing. An empty list: one per host. */
  by: string[]
  /** WEAK proposes and never recognises by itself. */
  strength: 'STRONG' | 'WEAK'
  /** Another value means another thing, even under the same key of its source. */
  decisive?: boolean
  /** Values that count for nothing here, with * for any text. */
  exclude?: string[]
  /** The value stands on things inside: the interfaces of a computer. */
  lookup?: { className: string; attribute: string }
  /** How many values both must have in common; default 1. */
  minOverlap?: number
}

/** A thing that is recognised only within another: an installation on its computer. */
export interface HostRule {
  /** Relationship types that lead to the host, from either end; an empty list: any. */
  types: string[]
  /** Classes that the host may have. */
  classNames: string[]
}

/** Whose word counts for an attribute. Every field may be left out: then the rule of the parent class says it. */
export interface ValueRule {
  /** Name of an attribute, or * for all. */
  attribute: string
  /** Kinds of products, or ids of single ones, the most trusted first; whoever is not named comes after them. */
  sources?: string[]
  /** Seconds after which a value gives way to a fresh one of a less trusted source. */
  staleAfter?: number
  /** What discovery says of it is kept and never shown as the value. */
  neverFromDiscovery?: boolean
  /** All values together instead of one. */
  union?: boolean
}

export interface ClassRule {
  className: string
  /** Empty: those of the parent class. */
  identifiers: IdentifierRule[]
  host: HostRule | null
  values: ValueRule[]
  /**
   * Kinds of products, or ids of single ones, that may make items of the class; every other source only adds to items that are
   * known. Null: as the rule of the parent class says. An empty list: every source may.
   */
  insertFrom: string[] | null
  version: number
}

/** A value that says nothing. */
export interface JunkValue {
  /** Attribute or kind of identifier that it is about, or * for all. */
  kind: string
  /** Whole value, upper and lower case alike; * stands for any text. */
  pattern: string
}
