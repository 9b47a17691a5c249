/**
 * Fields of objects that memory often answers. They are tried before type-graphql makes instances of arguments and
 * promises of values, which for a field of every row costs more than the answer.
 */
import { isObjectType, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql'
import type { Context } from './context.ts'

export interface Shortcut<Source = never, Args = never> {
  type: string
  field: string
  /** Null (or a promise of null): the field is resolved as usual. The type's permissions hold as for its other fields. */
  answer(source: Source, args: Args, context: Context, info: GraphQLResolveInfo): unknown
}

/** Puts the shortcuts into the schema. */
export function takeShortcuts(schema: GraphQLSchema, shortcuts: readonly Shortcut[]): void {
  for (const { type, field: name, answer } of shortcuts) {
    const object = schema.getType(type)
    const field = isObjectType(object) ? object.getFields()[name] : undefined
    const usual = field?.resolve
    if (!field || !usual) throw new Error(`There is no resolver of ${type}.${name} to go round`)
    field.resolve = (source, args, context: Context, info) => {
      const found = answer(source as never, args as never, context, info)
      if (found === null) return usual(source, args, context, info)
      if (!(found instanceof Promise)) return found
      return found.then((late: unknown) => (late === null ? usual(source, args, context, info) : late))
    }
  }
}
