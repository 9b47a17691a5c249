import 'reflect-metadata'
import type { MikroORM } from '@mikro-orm/postgresql'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  ID,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'
import { buildSchemaSync } from 'type-graphql'
import { authorize } from '../../server/kernel/authorize.ts'
import type { Context, Viewer } from '../../server/kernel/context.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { NotFound } from '../../server/kernel/errors.ts'
import { createEventRing, type EventRing } from '../../server/kernel/event-ring.ts'
import { Position } from '../../server/kernel/scalars.ts'
import { createSequencer, type Sequencer } from '../../server/kernel/sequencer.ts'
import { createSockets, type SocketSettings, type Sockets } from '../../server/kernel/sockets.ts'
import { rows } from '../../server/kernel/sql.ts'
import { viewerOf } from '../../server/kernel/authorize.ts'
import { batch, byKey } from '../../server/kernel/batch.ts'
import { NounEvent, nounChanges, type NounChange } from '../../server/kernel/noun-event.ts'
import { noPubSub } from '../../server/kernel/subscription.ts'

/** A noun for tests of the stream: rows of the table `thing`. */
@ObjectType()
class Thing {
  uuid!: string

  @Field(() => ID)
  id(): string {
    return this.uuid
  }

  @Field(() => Int)
  version!: number

  @Field(() => Int)
  value!: number

  @Field(() => String)
  trouble(): string {
    throw new Error('the password is swordfish')
  }
}

@ObjectType()
class ThingEvent extends NounEvent {
  @Field(() => Thing, { nullable: true })
  thing!: Thing | null
}

@ArgsType()
class ThingChangedArgs {
  @Field(() => ID, { nullable: true })
  id?: string | null

  @Field(() => Position, { nullable: true })
  after?: string | null

  @Field(() => Int, { nullable: true })
  maxHz?: number | null
}

@Resolver(() => Thing)
class ThingResolver {
  @Authorized('item.read')
  @Query(() => Int)
  things(): number {
    return 0
  }

  @Authorized('item.read')
  @Subscription(() => ThingEvent, {
    subscribe: ({ context, args }: { context: Context; args: ThingChangedArgs }) =>
      nounChanges(
        context,
        { topics: ['item.changed'], subject: args.id ?? null, reach: viewerOf(context).reach('item.read') },
        args.after ?? null,
        args.maxHz ?? undefined,
      ),
  })
  async thingChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Args(() => ThingChangedArgs) _args: ThingChangedArgs,
  ): Promise<ThingEvent> {
    return { ...change, thing: change.subject ? await thingOf(context, change.subject) : null }
  }

  @Authorized('item.read')
  @Subscription(() => Int, { subscribe: ({ context }: { context: Context }) => breaksOff(context) })
  thingsLost(): number {
    return 1
  }
}

/** Gives a place, and then has nothing more to give. */
async function* breaksOff(context: Context): AsyncGenerator<NounChange> {
  for await (const change of nounChanges(context, { topics: [], subject: null, reach: 'estate' }, null)) {
    yield change
    throw new NotFound('thing', 'any more')
  }
}

const thingOf = (context: Context, uuid: string) =>
  batch(context, 'thing', uuid, async (uuids) => {
    const found = await rows<Thing>(context.em, 'select uuid, version, value from thing where uuid = any($1::uuid[])', [
      uuids,
    ])
    return byKey(
      found.map((row) => Object.assign(new Thing(), row)),
      (thing) => thing.uuid,
    )
  })

export interface LiveServer {
  url: string
  http: Server
  orm: MikroORM
  ring: EventRing
  sequencer: Sequencer
  sockets: Sockets
  close(): Promise<void>
}

/** Whoever sends `{ token: name }` is that person, who may read everything unless the name ends in `@<scope>`. */
export function aViewer(token: string): Viewer {
  const scope = token.split('@')[1]
  return {
    accountId: `00000000-0000-7000-8000-${Buffer.from(token).toString('hex').slice(0, 12).padEnd(12, '0')}`,
    name: token,
    via: 'token',
    scopeKey: scope ?? 'estate',
    reach: (permission) => (permission !== 'item.read' ? [] : scope ? [scope] : 'estate'),
  }
}

/** The whole way of an event: inbox, sequencer, ring, socket. */
export async function startLiveServer(url: string, extra: Partial<SocketSettings> = {}): Promise<LiveServer> {
  const log = { info() {}, warn() {}, error() {} }
  const orm = await createOrm(url, { entities: [], migrations: [] })
  await orm.em
    .getConnection()
    .execute(`create table if not exists thing (uuid uuid primary key, version int not null, value int not null)`)
  const sequencer = createSequencer({ url, retentionDays: 14, log })
  sequencer.start()
  const ring = createEventRing({ url, log })
  await ring.start()
  const schema = buildSchemaSync({
    resolvers: [ThingResolver],
    authChecker: authorize,
    pubSub: noPubSub,
    validate: false,
  })
  const sockets = createSockets({
    schema,
    events: ring,
    log,
    authenticate: async (_request, { token }) =>
      typeof token === 'string' && token !== 'wrong' ? { viewer: aViewer(token), expiresAt: null } : null,
    contextFor: (viewer) =>
      ({
        em: orm.em.fork(),
        viewer,
        requestId: 'socket',
        loaders: new Map(),
        events: ring,
        services: {},
      }) as unknown as Context,
    allowsOrigin: (origin) => origin === 'http://localhost',
    ...extra,
  })
  const http = createServer()
  sockets.attach(http)
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`,
    http,
    orm,
    ring,
    sequencer,
    sockets,
    async close() {
      await sockets.stop()
      await new Promise((done) => http.close(done))
      await Promise.all([ring.stop(), sequencer.stop()])
      await orm.close(true)
    },
  }
}

export const THING_CHANGED = /* GraphQL */ `
  subscription ($id: ID, $after: Position, $maxHz: Int) {
    thingChanged(id: $id, after: $after, maxHz: $maxHz) {
      seq
      position
      resync
      serverTime
      thing {
        id
        version
        value
      }
    }
  }
`

/** Changes a thing and records it, in one transaction, as a service would. */
export function changeThing(orm: MikroORM, uuid: string, value: number, scopeIds: string[] = []): Promise<void> {
  return orm.em.fork().transactional(async (em) => {
    await rows(
      em as never,
      `with made as (insert into thing (uuid, version, value) values ($1, 1, $2)
         on conflict (uuid) do update set version = thing.version + 1, value = excluded.value returning version)
       insert into event_inbox (topic, subject, version, scope_ids) select 'item.changed', $1, version, $3::uuid[] from made`,
      [uuid, value, scopeIds],
    )
  })
}
