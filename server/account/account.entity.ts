import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { accountLifecycle, type AccountState } from './account.lifecycle.ts'

const AccountStates = Object.fromEntries(accountLifecycle.states.map((state) => [state, state]))

registerEnumType(AccountStates, {
  name: 'AccountState',
  valuesConfig: {
    INVITED: { description: 'Has not opened the invitation yet.' },
    ACTIVE: { description: 'Can sign in.' },
    DISABLED: { description: 'Cannot sign in any more; kept because history names it.' },
  },
})

@ObjectType({ implements: Node, description: 'A person or a program that can sign in.' })
@Entity({ tableName: 'account' })
export class Account extends ChangingNoun {
  get prefix(): Opt<'acc'> {
    return 'acc'
  }

  get topic(): Opt<'account.changed'> {
    return 'account.changed'
  }

  get displayName(): Opt<string> {
    return this.name
  }

  @Field(() => String, { description: 'What they type to sign in; upper and lower case are the same.' })
  @Property({ type: 'text' })
  login!: string

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => AccountStates)
  @Property({ type: 'text' })
  state: Opt<AccountState> = accountLifecycle.initial

  /** argon2id, PHC string; null until the invitation is accepted. */
  @Property({ type: 'text', nullable: true })
  passwordHash: string | null = null

  @Field(() => DateTime, { nullable: true, description: 'To the minute.' })
  @Property({ type: 'timestamptz', nullable: true })
  lastSeenAt: Date | null = null
}
