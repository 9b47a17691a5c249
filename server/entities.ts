import type { EntityClass } from '@mikro-orm/postgresql'

/** Every class that is a table. */
export const entities: EntityClass<object>[] = []
