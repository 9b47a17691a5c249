import type { EntityClass, EntityManager } from '@mikro-orm/postgresql'

/**
 * Makes instances of an entity class from plain rows, with its getters and methods but outside the unit of work: they
 * are for reading. `rows` are `select t.*` of the entity's table.
 */
export function lean<T extends object>(em: EntityManager, entity: EntityClass<T>, rows: readonly object[]): T[] {
  const platform = em.getPlatform()
  const properties = em
    .getMetadata()
    .get(entity)
    .props.filter((property) => property.persist !== false && property.fieldNames?.length === 1)
  const columns = properties.map((property) => ({
    name: property.name as string,
    column: property.fieldNames[0]!,
    convert: property.customType ? (value: unknown) => property.customType!.convertToJSValue(value, platform) : asIs,
    isDate: property.runtimeType === 'Date',
  }))
  return rows.map((source) => {
    const target = Object.create((entity as unknown as { prototype: T }).prototype) as Record<string, unknown>
    for (const { name, column, convert, isDate } of columns) {
      const value = (source as Record<string, unknown>)[column]
      target[name] = value == null ? null : isDate ? platform.parseDate(value as string) : convert(value)
    }
    return target as T
  })
}

const asIs = (value: unknown) => value
