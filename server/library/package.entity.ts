import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'

@ObjectType({ implements: Node, description: 'A named piece of software in one repository.' })
@Entity({ tableName: 'package' })
export class Package extends ChangingNoun {
  get prefix() {
    return 'pkg' as const
  }
  get displayName(): Opt<string> {
    return `package ${this.name}`
  }

  @Property({ type: 'uuid' })
  repositoryId!: string

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => String, { description: 'Package URL without a version.' })
  @Property({ type: 'text' })
  purl!: string
}

export const PackageConnection = connectionOf('Package', () => Package)
