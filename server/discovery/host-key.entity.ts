import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { hostKeyLifecycle, type HostKeyState } from './host-key.lifecycle.ts'

export const HostKeyStates = Object.fromEntries(hostKeyLifecycle.states.map((state) => [state, state])) as {
  [S in HostKeyState]: S
}
registerEnumType(HostKeyStates, {
  name: 'HostKeyState',
  description: 'What people have decided about the key of a host.',
  valuesConfig: {
    PENDING: { description: 'Never seen before; waits for a person.' },
    APPROVED: { description: 'The host is trusted by this key; it has no other.' },
    REJECTED: { description: 'The host is refused with this key.' },
    CHANGED: { description: 'Another key of the host is approved; it is refused until a person decides.' },
  },
})

@ObjectType({ implements: Node, description: 'A key by which a host proved who it is, and whether that is believed.' })
@Entity({ tableName: 'host_key' })
export class HostKey extends ChangingNoun implements Moving<HostKeyState> {
  get prefix() {
    return 'hky' as const
  }

  @Property({ type: 'uuid' })
  productId!: string

  @Field(() => String, { description: 'Name of the host in the settings of its product.' })
  @Property({ type: 'text' })
  host!: string

  @Field(() => String, { description: 'Address and port under which it was reached.' })
  @Property({ type: 'text' })
  address!: string

  @Field(() => String, { description: 'E.g. ssh-ed25519.' })
  @Property({ type: 'text' })
  type!: string

  @Field(() => String, { description: 'SHA256:…, as `ssh-keygen -l` shows it on the host.' })
  @Property({ type: 'text' })
  fingerprint!: string

  @Field(() => HostKeyStates)
  @Property({ type: 'text' })
  state: Opt<HostKeyState> = hostKeyLifecycle.initial

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  lastSeenAt: Opt<Date> = new Date()

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  decidedBy: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  decidedAt: Date | null = null

  get displayName(): Opt<string> {
    return `The key ${this.fingerprint} of ${this.host}`
  }

  get topic() {
    return 'product.changed' as const
  }

  get eventSubject(): Opt<string> {
    return this.productId
  }
}
