import { CannotStart } from '../kernel/cannot-start.ts'

/** Grows when an older Waybill could not read what a newer one writes. */
export const FORMAT = 1

/** First file of an archive: what the rest must turn out to be. */
export interface Manifest {
  format: typeof FORMAT
  /** When the database was read, ISO 8601. */
  createdAt: string
  /** Names of the migrations that made the schema, in order. */
  migrations: string[]
  tables: TableInArchive[]
  /** Last value of each sequence; null where none was taken yet. */
  sequences: Record<string, string | null>
  /** Highest event number given; numbers never come twice, though the log itself is not moved. */
  eventHead: string
  /** Jobs that were not done yet. */
  jobs: number
  /** Stored packages. */
  blobs: { digest: string; size: number }[]
}

export interface TableInArchive {
  name: string
  columns: Column[]
  rows: number
  /** SHA-256 of the rows as lines, hexadecimal. */
  sha256: string
}

export interface Column {
  name: string
  /** As PostgreSQL writes it, such as `timestamp with time zone`. */
  type: string
}

/**
 * @param known names of the migrations of this Waybill
 * @throws CannotStart if the archive is none, or was written by a Waybill with another schema
 */
export function readManifest(text: string, known: string[]): Manifest {
  let manifest: Partial<Manifest>
  try {
    manifest = JSON.parse(text) as Partial<Manifest>
  } catch (cause) {
    throw new CannotStart('The file is not an export of Waybill: its manifest cannot be read.', { cause })
  }
  if (manifest.format !== FORMAT) {
    throw new CannotStart(
      `The file has the export format ${manifest.format}, and this Waybill reads ${FORMAT}. Import it with the Waybill that wrote it.`,
    )
  }
  const theirs = manifest.migrations ?? []
  const missing = theirs.filter((name) => !known.includes(name))
  const newer = known.filter((name) => !theirs.includes(name))
  if (missing.length) {
    throw new CannotStart(`The file comes from a newer Waybill (it has ${missing.join(', ')}). Update this one first.`)
  }
  if (newer.length) {
    throw new CannotStart(
      `The file comes from an older Waybill (it lacks ${newer.join(', ')}). Start this version once on the data it ` +
        `came from, which brings them up to date, and export again.`,
    )
  }
  return manifest as Manifest
}
