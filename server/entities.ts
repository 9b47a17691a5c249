import type { EntityClass } from '@mikro-orm/postgresql'
import { ConfigurationItem } from './item/item.entity.ts'
import { Relationship } from './item/relationship.entity.ts'

/** Every class that is a table. */
export const entities: EntityClass<object>[] = [ConfigurationItem, Relationship]
