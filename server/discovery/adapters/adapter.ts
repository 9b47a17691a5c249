/**
 * What a discovery adapter owes the loader, and what it is given.
 *
 * An adapter reads one kind of source (a folder of IdML books, hosts over SSH, an inventory) and says what it saw, as a
 * stream. It identifies nothing, compares nothing and writes nothing: that is the loader's part, the same for all. A folder
 * adapters/<id>/ imports this file, and json-text.ts where it needs it, and nothing else of ours: no nouns, no kernel, no database.
 */
import type { Readable } from 'node:stream'
import type { ConfigField, ProductRef } from '../../integrations/integration.ts'

export type { ConfigField }

export interface DiscoveryAdapter {
  /** The name of its folder, and the kind of management product that it reads, e.g. 'idml'. */
  readonly id: string
  /** For people, e.g. 'IdML books'. */
  readonly title: string
  /** What the product's `config` may hold, for the form of the dashboard. */
  readonly configFields: ConfigField[]
  /** One sentence per fault; an empty list means the config is usable. Looks at the values only, never at the outside. */
  checkConfig(config: Record<string, unknown>): string[]
  /** Present if a person may hand in a file instead of what the config names. */
  readonly upload?: UploadRule
  /** Present if a mapping of the config says what the columns of its files become: the columns of the file that is handed in. */
  columns?(order: ReadOrder): Promise<SeenColumn[]>
  /** The files that a change of which is to start a run; undefined unless the config asks for that. */
  watched?(config: Record<string, unknown>): Promise<string[]> | undefined
  /**
   * Everything the source shows, as a stream that holds no more than it must in memory. What relationships name is told in
   * the same read, or was in a finished scope. What is wrong with one element, or with a document, is a `problem` in the
   * stream that says where; it rejects only if the source cannot be read at all, with a sentence a person can act on and
   * without a secret. Ends soon once `signal` is aborted.
   */
  read(order: ReadOrder): AsyncIterable<Sighting>
}

export interface UploadRule {
  /** Endings of the file's name, e.g. ['.xml']. */
  endings: readonly string[]
  /** Bytes. */
  maxSize: number
}

export interface ReadOrder {
  product: ProductRef
  /** A file that a person handed in; then the source that the config names is not read. */
  upload?: { name: string; open(): Readable }
  signal: AbortSignal
  /** Scopes that an interrupted run of the same order had finished; an adapter that can leaves them out. */
  finished: ReadonlySet<string>
  /** What names this installation has, for adapters whose words come from the config; without it they are not compared. */
  vocabulary?: Vocabulary
  /** For a preview: only so many records from the beginning of what was handed in. */
  first?: number
  /** Asked before a host is trusted with anything; without it no host is. For adapters that reach hosts themselves. */
  judgeHostKey?(shown: ShownHostKey): Promise<HostKeyVerdict>
  /** Takes the raw text of one scope, so that it can be read again without the source. It never holds a secret. */
  keep?(scope: string, raw: string): Promise<void>
  /** What an interrupted try of this run kept of a scope: its source need not be asked again. */
  kept?(scope: string): Promise<string | undefined>
}

export interface SeenColumn {
  name: string
  /** Values of the first rows, as text, each once. */
  samples: string[]
}

/** The classes, attributes and relationship types of this installation. */
export interface Vocabulary {
  readonly classes: readonly string[]
  readonly relationshipTypes: readonly string[]
  /** Undefined if there is no such class. */
  attributesOf(className: string): readonly string[] | undefined
  /** What keeps a value from being one of this attribute, e.g. 'is no whole number'; undefined: nothing does. */
  faultOf(
    className: string,
    attribute: string,
    value: string | number | boolean | readonly string[],
  ): string | undefined
}

/** The key by which a host proved who it is. */
export interface ShownHostKey {
  /** Name of its scope. */
  host: string
  /** Address and port under which it was reached. */
  address: string
  /** E.g. 'ssh-ed25519'. */
  type: string
  /** 'SHA256:…', as `ssh-keygen -l` shows it. */
  fingerprint: string
}

/**
 * What people have decided about a key: APPROVED is trusted; PENDING was never seen before and waits for a person; REJECTED
 * was refused by a person; CHANGED is another key than the approved one, whose fingerprint is `approved`.
 */
export interface HostKeyVerdict {
  state: 'APPROVED' | 'PENDING' | 'REJECTED' | 'CHANGED'
  approved?: string
}

/** One thing in the stream. */
export type Sighting =
  SeenScope | SeenFile | SeenItem | SeenMention | SeenRelationship | SeenGone | SeenComplete | Problem

/** A part of the source begins: a host, a book, a namespace. What follows belongs to it until the next one. */
export interface SeenScope {
  kind: 'scope'
  /** Unique in the source and the same at every read. */
  name: string
  /** How many scopes there are in all, as far as is known. */
  of?: number
}

/** A file begins; the items that follow stand in it until the next one. */
export interface SeenFile {
  kind: 'file'
  name: string
  /** The time that its name bears, ISO 8601. */
  stamp?: string
  /** A later one replaces all that it tells, so it is not read. */
  isSuperseded?: boolean
}

/** Begins the name of an attribute that a source's people added and the class does not know. */
export const EXTENDED = 'extattr:'

export interface SeenItem {
  kind: 'item'
  /** Unique within this read; relationships name it. */
  ref: string
  /** Name of an item class. */
  className: string
  name: string
  /** The source's own lasting key; without one the item is found by its identifiers alone. Unique per class. */
  key?: string
  attributes: Record<string, string | number | boolean | readonly string[]>
  /** What people added to the source's own attributes: where the class knows none of that name it is kept as it is told, as `extattr:…`. */
  extended?: Record<string, string | readonly string[]>
  /** Further marks by which it may be known elsewhere, e.g. { kind: 'mac', value: '02:…' }; junk may be among them. */
  identifiers?: { kind: string; value: string }[]
  /** Only these attributes are told; the others stay as the source told them last. Default false: this is all there is. */
  partial?: boolean
  /** When the source saw it, ISO 8601; default is the time of the read. */
  at?: string
  /** Where it stands in the source, for reports. */
  where?: Where
}

/**
 * A thing that relationships name and that this read does not show: it may be known from an earlier read of the same source.
 * If it is not, its relationships are left out.
 */
export interface SeenMention {
  kind: 'mention'
  /** Unique within this read; relationships name it. */
  ref: string
  className: string
  key: string
  /** Where it is named. With it, a relationship that is left out because nothing is known of the thing is a problem. */
  where?: Where
}

export interface SeenRelationship {
  kind: 'relationship'
  type: string
  /** `ref` of items of this read. */
  from: string
  to: string
  /** How it was seen, e.g. 'socket'. */
  evidence: string
  where?: Where
}

/** The source says that this is no more. */
export interface SeenGone {
  kind: 'gone'
  className: string
  key: string
  where?: Where
}

/**
 * All there is of a scope has been seen, or of the whole source when `scope` is left out: what this source told of before
 * and does not name now is missing. Without it, absence means nothing.
 */
export interface SeenComplete {
  kind: 'complete'
  scope?: string
}

/** Something that could not be taken over. An error makes the whole run change nothing; a warning leaves out one element. */
export interface Problem {
  kind: 'problem'
  severity: 'error' | 'warning'
  /** Short name of the rule, e.g. 'relation-ends'. */
  rule: string
  /** A sentence a person can act on. */
  message: string
  where?: Where
  /** The scope could not be read for it: a run that is resumed reads the scope again. An error always means that. */
  unread?: boolean
}

export interface Where {
  /** File, address or host. */
  source?: string
  /** From 1. */
  line?: number
  /** Character of the line, from 1; of texts that are one long line it is all there is to find the place. */
  column?: number
  /** The element, e.g. 'cdm:sys.ComputerSystem id="cs-1"'. */
  element?: string
}
