import type { EntityClass, EntityManager } from '@mikro-orm/postgresql'

/**
 * Makes instances of an entity class from plain rows, with its getters and methods but outside the unit of work: they
 * are for reading. `rows` are `select t.*` of the entity's table.
 */
export function lean<T extends object>(em: EntityManager, entity: EntityClass<T>, rows: readonly object[]): T[] {
  const { prototype, columns } = shapeOf(em, entity)
  return rows.map((source) => {
    const target = Object.create(prototype) as Record<string, unknown>
    for (const { name, column, convert } of columns) {
      const value = (source as Record<string, unknown>)[column]
      target[name] = value == null ? null : convert(value)
    }
    return target as T
  })
}

/**
 * Answers classes of such instances, for who has their values in memory already; what is not set is undefined. It keeps the
 * classes itself: they are asked for with every list of a request, and the ORM's own cache takes longer than the rest.
 */
export function leanClasses(em: EntityManager): <T extends object>(entity: EntityClass<T>) => new () => T {
  const known = new Map<object, new () => object>()
  return <T extends object>(entity: EntityClass<T>) => {
    let Lean = known.get(entity)
    if (!Lean) known.set(entity, (Lean = shapeOf(em, entity).Lean))
    return Lean as new () => T
  }
}

interface Shape {
  /** Behind it stands the entity's prototype, whose setters would set up the unit of work for each instance. */
  prototype: object
  columns: { name: string; column: string; convert(value: unknown): unknown }[]
  /** Its instances have that prototype. */
  Lean: new () => object
}

/** Worked out once for each class; kept with the ORM that its tables belong to. */
class Shapes extends Map<object, Shape> {}

function shapeOf<T extends object>(em: EntityManager, entity: EntityClass<T>): Shape {
  const shapes = em.config.getCachedService(Shapes)
  const known = shapes.get(entity)
  if (known) return known
  const made = makeShape(em, entity)
  shapes.set(entity, made)
  return made
}

function makeShape<T extends object>(em: EntityManager, entity: EntityClass<T>): Shape {
  const platform = em.getPlatform()
  const properties = em
    .getMetadata()
    .get(entity)
    .props.filter(({ persist, fieldNames }) => persist !== false && fieldNames?.length === 1)
  const prototype = Object.create((entity as unknown as { prototype: T }).prototype) as object
  const columns = properties.map(({ name, fieldNames, customType, runtimeType }) => {
    Object.defineProperty(prototype, name, { value: undefined, writable: true, configurable: true })
    const convert = customType
      ? (value: unknown) => customType.convertToJSValue(value, platform) as unknown
      : runtimeType === 'Date'
        ? (value: unknown) => platform.parseDate(value as string)
        : asIs
    return { name: name as string, column: fieldNames[0]!, convert }
  })
  class Lean {}
  Object.setPrototypeOf(Lean.prototype, prototype)
  return { prototype, columns, Lean }
}

const asIs = (value: unknown) => value
