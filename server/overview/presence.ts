import type { EntityManager } from '@mikro-orm/postgresql'
import type { FastifyBaseLogger } from 'fastify'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'

/** Somebody who looks at a thing, in however many windows. */
export interface Looker {
  accountId: string
  name: string
  since: Date
}

export interface Presence {
  /**
   * Counts the account among those who look at a thing (UUID), for as long as the generator is read; it answers who looks,
   * the caller among them, at once and whenever that changes.
   */
  look(subject: string, accountId: string, signal: AbortSignal): AsyncGenerator<readonly Looker[]>
  /** Takes everybody of this program out. */
  stop(): Promise<void>
}

declare module '../kernel/context.ts' {
  interface Services {
    presence: Presence
  }
}

const READ_EVERY = 1_000 // ms, while somebody looks at something through this program
const BEAT_EVERY = 5_000 // ms
/** Whoever a program has not confirmed for so long is gone: it was killed. */
const GONE_AFTER = 15 // s

interface Look {
  subject: string
  accountId: string
  /** Told of each change, and when its page is left. */
  wake(): void
}

/**
 * Who looks at what, over all programs on one database: a small table of which each program keeps its own rows fresh. It is
 * read once a second for all things that are looked at through this program, and not at all while there are none.
 */
export function createPresence(em: EntityManager, log: Pick<FastifyBaseLogger, 'warn'>): Presence {
  const looks = new Map<string, Look>()
  const known = new Map<string, readonly Looker[]>()
  let timer: NodeJS.Timeout | undefined
  let turning: Promise<void> | undefined
  let beatAt = 0
  let again = false

  /** Reads now, and from then on every second; a call during a read has one more follow. */
  function turn(): Promise<void> {
    again = turning !== undefined
    turning ??= (async () => {
      clearTimeout(timer)
      do {
        again = false
        await read().catch((error: unknown) => log.warn({ error }, 'Who looks at what could not be read'))
      } while (again)
      turning = undefined
      if (looks.size > 0) timer = setTimeout(() => void turn(), READ_EVERY)
    })()
    return turning
  }

  async function read(): Promise<void> {
    if (looks.size > 0 && Date.now() - beatAt >= BEAT_EVERY) await beat()
    const subjects = [...new Set([...looks.values()].map(({ subject }) => subject))]
    const found = subjects.length > 0 ? await lookersAt(em.fork(), subjects) : []
    const bySubject = Map.groupBy(found, ({ subject }) => subject)
    for (const subject of known.keys()) if (!subjects.includes(subject)) known.delete(subject)
    for (const subject of subjects) {
      const now = bySubject.get(subject) ?? []
      const before = known.get(subject)
      known.set(subject, now)
      if (before && same(before, now)) continue
      for (const look of looks.values()) if (look.subject === subject) look.wake()
    }
  }

  async function beat(): Promise<void> {
    beatAt = Date.now()
    const all = [...looks]
    await rows(
      em.fork(),
      `insert into onlooker (uuid, subject, account_id) select * from unnest($1::uuid[], $2::uuid[], $3::uuid[])
       on conflict (uuid) do update set seen_at = now()`,
      [all.map(([id]) => id), all.map(([, { subject }]) => subject), all.map(([, { accountId }]) => accountId)],
    )
    await rows(em.fork(), `delete from onlooker where seen_at < now() - make_interval(secs => $1)`, [GONE_AFTER])
  }

  async function* look(subject: string, accountId: string, signal: AbortSignal): AsyncGenerator<readonly Looker[]> {
    const id = uuidv7()
    let change = Promise.withResolvers<void>()
    looks.set(id, { subject, accountId, wake: () => change.resolve() })
    const leave = () => change.resolve()
    signal.addEventListener('abort', leave)
    try {
      beatAt = 0
      await turn()
      for (;;) {
        if (signal.aborted) return
        change = Promise.withResolvers<void>()
        yield known.get(subject) ?? []
        await change.promise
      }
    } finally {
      signal.removeEventListener('abort', leave)
      looks.delete(id)
      // A beat under way may still write the row.
      await turning
      await rows(em.fork(), `delete from onlooker where uuid = $1`, [id]).catch(() => {})
      await turn()
    }
  }

  return {
    look,
    async stop() {
      clearTimeout(timer)
      const left = [...looks.keys()]
      looks.clear()
      await turning
      clearTimeout(timer)
      if (left.length > 0) await rows(em.fork(), `delete from onlooker where uuid = any($1::uuid[])`, [left])
    },
  }
}

const same = (a: readonly Looker[], b: readonly Looker[]) =>
  a.length === b.length && a.every(({ accountId }, place) => accountId === b[place]!.accountId)

/** In the order in which they came. */
function lookersAt(em: EntityManager, subjects: string[]): Promise<(Looker & { subject: string })[]> {
  return rows(
    em,
    `select l.subject, a.uuid as "accountId", a.name, min(l.since) as since
     from onlooker l join account a on a.uuid = l.account_id
     where l.subject = any($1::uuid[]) and l.seen_at > now() - make_interval(secs => $2)
     group by 1, 2, 3 order by 4, 2`,
    [subjects, GONE_AFTER],
  )
}
