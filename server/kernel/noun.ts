import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy'
import { ArrayType, type Opt } from '@mikro-orm/core'
import { randomBytes } from 'node:crypto'
import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql'
import { toNodeId, type NodePrefix } from './node-id.ts'
import { DateTime } from './scalars.ts'

/** A UUID whose order is the order of creation (RFC 9562, version 7), so that indexes grow at one end. */
export function uuidv7(now = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A list of UUIDs in one column. */
export const uuidArray = () => new ArrayType<string>((value) => value)

/** `buildSchema` says which type an object is, by its prefix. */
@InterfaceType('Node', { description: 'An object with an opaque, prefixed id.' })
export abstract class Node {
  @Field(() => ID)
  id!: string
}

/**
 * What every noun has. Not itself a table. References to other nouns are plain `…Id` columns holding UUIDs (foreign keys
 * are in the migrations, deferred to commit); the GraphQL side of a reference is always a field resolver.
 */
@ObjectType()
export abstract class Noun implements Node {
  abstract readonly prefix: NodePrefix

  @PrimaryKey({ type: 'uuid' })
  uuid: Opt<string> = uuidv7()

  get id(): Opt<string> {
    return toNodeId(this.prefix, this.uuid)
  }

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  createdAt: Opt<Date> = new Date()
}

/** A noun that changes: its version grows with every change, and lists show it only within these scopes. */
@ObjectType()
export abstract class ChangingNoun extends Noun {
  @Field(() => Int, { description: 'Grows with every change; give it as expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number> = 1

  @Field(() => DateTime)
  @Property({ type: 'timestamptz', onUpdate: () => new Date() })
  updatedAt: Opt<Date> = new Date()

  /** Containing items (UUIDs) through which a grant reaches it; empty: only a grant on the whole estate does. */
  @Property({ type: uuidArray(), columnType: 'uuid[]' })
  scopeIds: Opt<string[]> = []
}
