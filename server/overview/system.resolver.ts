import { Authorized, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { DateTime, Position, Seq } from '../kernel/scalars.ts'

/** What the program knows of itself; filled in app.ts. */
export interface SystemFacts {
  version: string
  roles: string[]
  startedAt: Date
  sockets(): number
  /** Age of the oldest event that has no number yet, in milliseconds. */
  lag(): Promise<number>
}

declare module '../kernel/context.ts' {
  interface Services {
    system: SystemFacts
  }
}

@ObjectType({ description: 'How the program that answered is doing.' })
export class SystemStatus {
  @Field(() => Seq, { description: 'The highest event number it knows.' })
  head!: number

  @Field(() => Position, { description: 'Subscribe after it to see all that follows.' })
  position!: string

  @Field(() => Int, { description: 'Age of the oldest event without a number.' })
  lagMilliseconds!: number

  @Field(() => Int, { description: 'Open sockets of this process.' })
  sockets!: number

  @Field(() => String)
  version!: string

  @Field(() => [String])
  roles!: string[]

  @Field(() => DateTime)
  startedAt!: Date
}

@Resolver()
export class SystemResolver {
  @Authorized('system.read')
  @Query(() => SystemStatus)
  async system(@Ctx() { events, services }: Context): Promise<SystemStatus> {
    const { version, roles, startedAt, sockets, lag } = services.system
    const head = events.head()
    return {
      head,
      position: events.positionAt(head),
      lagMilliseconds: await lag(),
      sockets: sockets(),
      version,
      roles,
      startedAt,
    }
  }
}
