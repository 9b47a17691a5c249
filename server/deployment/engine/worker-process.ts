import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntityManager } from '@mikro-orm/postgresql'
import { Client } from 'pg'
import { rows } from '../../kernel/sql.ts'
import type { Logger } from '../../kernel/log.ts'

/** First half of the advisory locks by which processes show that they live; the second is the row's lock_key. */
const LOCKS = 7_296_002

/**
 * This process, as the others see it: a row and, in a session of its own, an advisory lock. PostgreSQL gives the lock free
 * when the process dies, and whoever finds it free takes over its attempts at once. If only the connection was lost, the
 * lock is taken again; if somebody was quicker, `onLost` is called and the process goes on under a new id.
 */
export class WorkerProcess {
  id: string = randomUUID()
  private key = 0
  private client: Client | undefined
  private stopped = false
  private regaining: Promise<void> | undefined
  /** Until then, locks that are free may be those of processes that are only reconnecting, as this one was. */
  sweepsFrom = 0

  constructor(
    private readonly url: string,
    private readonly log: Pick<Logger, 'warn'>,
    private readonly onLost: () => void,
  ) {}

  async register(): Promise<void> {
    const client = await this.connect()
    // Nobody sees the row before the lock is held.
    await client.query('begin')
    const { rows: made } = await client.query<{ lock_key: number }>(
      'insert into worker_process (uuid, host, pid) values ($1, $2, $3) returning lock_key',
      [this.id, hostname(), process.pid],
    )
    this.key = made[0]!.lock_key
    await client.query('select pg_advisory_lock($1, $2)', [LOCKS, this.key])
    await client.query('commit')
    this.client = client
  }

  async close(): Promise<void> {
    this.stopped = true
    await this.regaining
    await this.client?.end()
  }

  private async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url, application_name: 'waybill worker', keepAlive: true })
    const lost = () => {
      if (this.client !== client) return
      this.client = undefined
      if (!this.stopped) this.regaining ??= this.regain().finally(() => (this.regaining = undefined))
    }
    client.on('error', lost)
    client.on('end', lost)
    await client.connect()
    return client
  }

  private async regain(): Promise<void> {
    this.log.warn(
      { process: this.id },
      'The connection that shows that this worker lives was lost; taking it up again.',
    )
    while (!this.stopped) {
      try {
        const client = await this.connect()
        const { rows: held } = await client.query<{ held: boolean }>(
          `select pg_try_advisory_lock($1, $2) as held from worker_process where uuid = $3`,
          [LOCKS, this.key, this.id],
        )
        this.sweepsFrom = Date.now() + 3_000 // 3 s
        if (held[0]?.held) {
          this.client = client
          return
        }
        await client.end()
        this.onLost()
        this.id = randomUUID()
        return await this.register()
      } catch {
        await sleep(250, undefined, { ref: false })
      }
    }
  }
}

/** Whether a process that carries things out lives on this machine; by a look at its lock, without touching it. */
export async function isWorkerHere(em: EntityManager): Promise<boolean> {
  const found = await rows(
    em,
    `select 1 from worker_process p join pg_locks l on l.locktype = 'advisory' and l.classid = $2 and l.objid = p.lock_key and l.granted
       join pg_database d on d.oid = l.database and d.datname = current_database()
     where p.host = $1 limit 1`,
    [hostname(), LOCKS],
  )
  return found.length > 0
}

/** The other processes whose lock is free, locked against others who find the same until the transaction ends. */
export async function deadProcesses(em: EntityManager, me: string): Promise<string[]> {
  const found = await rows<{ uuid: string }>(
    em,
    `select uuid from worker_process where uuid <> $1 and pg_try_advisory_xact_lock($2, lock_key)`,
    [me, LOCKS],
  )
  return found.map(({ uuid }) => uuid)
}
