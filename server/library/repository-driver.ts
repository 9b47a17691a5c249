/**
 * What a kind of repository owes the library. A folder repositories/<kind> imports this file and nothing else of ours: no
 * nouns, no kernel, no database. It reads; what a scan means for the package versions is decided in scan-changes.ts.
 */
import type { Readable } from 'node:stream'

export interface RepositoryDriver {
  /** The name of the folder, e.g. 'directory'. */
  readonly kind: string
  /** For people, e.g. 'Folder with SHA256SUMS'. */
  readonly title: string
  /** What `config` may hold, for the form of the dashboard. */
  readonly configFields: DriverField[]
  /** One sentence per fault; an empty list means the config is usable. Looks at the values only, never at the outside. */
  checkConfig(config: Record<string, unknown>): string[]
  /** What the repository offers now. Rejects with `Unreadable` when that cannot be said; then nothing may be changed. */
  list(config: Record<string, unknown>, signal?: AbortSignal): Promise<Listing>
  /** Says what a package is, from its bytes. Rejects with `Unusable`. `open` may be called more than once. */
  describe(file: string, open: () => Promise<Readable>): Promise<PackageFacts>
}

export interface DriverField {
  name: string
  title: string
  help: string
  required: boolean
}

export interface Listing {
  offers: Offer[]
  /** Sentences about what is listed but cannot be used, such as a name that leads outside. */
  faults: string[]
}

/** A file that the repository says it has, with the digest it says it has. */
export interface Offer {
  /** Its name within the repository. */
  file: string
  /** 'sha256:…' as the repository states it; the bytes may differ. */
  digest: string
  /** What the name says, for a file whose bytes cannot be trusted. */
  named: { name: string; number: string } | null
  /** A new stream over the bytes. Rejects with `Missing`, with `Unreadable` if the whole repository is gone, or with
   * `Unusable` if it is no plain file. */
  open(): Promise<OpenOffer>
}

export interface OpenOffer {
  stream: Readable
  publishedAt: Date | null
}

/** What a package's manifest says. */
export interface PackageFacts {
  name: string
  /** The software's version. */
  number: string
  /** 'any' or as Node says it: 'linux', 'darwin', 'win32'. */
  platform: string
  /** 'any' or as Node says it: 'x64', 'arm64'. */
  arch: string
  /** All of it, as it stands. */
  manifest: Record<string, unknown>
}

/** The repository itself cannot be read: the scan fails and changes nothing. The message is for a user. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** The repository names a file that is not there. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

/** The file is there and is no package that can be used. The message says why, without naming the file. */
export class Unusable extends Error {
  override readonly name = 'Unusable'
}
