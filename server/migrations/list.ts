import type { MigrationObject } from '@mikro-orm/core'

/** Every migration, in order. One file each, never edited after landing. */
export const migrations: MigrationObject[] = []
