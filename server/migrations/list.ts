import type { MigrationObject } from '@mikro-orm/core'
import { Migration20261123_10_kernel } from './Migration20261123_10_kernel.ts'

/** Every migration, in order. One file each, never edited after landing. */
export const migrations: MigrationObject[] = [
  { name: 'Migration20261123_10_kernel', class: Migration20261123_10_kernel },
]
