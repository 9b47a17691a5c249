/**
 * Folders and files that are watched: one that is new or changed starts a discovery run within seconds. What was
 * looked at last is a row, so that of several programs one starts the run, and none after a restart without a reason.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { systemViewer } from '../account/viewer.ts'
import type { Services } from '../kernel/context.ts'
import { Refusal } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { startDiscovery } from './discovery.service.ts'

export interface WatchParts {
  em: EntityManager
  services: Pick<Services, 'adapters' | 'integrations' | 'jobs'>
  fault(fault: string): void
  /** Milliseconds between two looks; default 3 s. */
  every?: number
}

const EVERY = 3_000 // 3 s

interface Watched {
  uuid: string
  kind: string
  config: Record<string, unknown>
}

export function watchFolders({ em, services, fault, every = EVERY }: WatchParts): { stop(): Promise<void> } {
  /** The state of each folder at the look before: only one that holds still is read, because books may be still written. */
  const before = new Map<string, string>()
  let stopped = false
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    const kinds = [...services.adapters.values()].flatMap(({ id, watched }) => (watched ? [id] : []))
    const products = await rows<Watched>(
      em.fork(),
      `select uuid, kind, config from management_product
       where kind = any($1::text[]) and state = 'ACTIVE' and config->>'watch' = 'yes'`,
      [kinds],
    )
    for (const { uuid, kind, config } of products) {
      if (stopped) return
      // What is not there is told by the runs that people start; here it would be told every few seconds.
      const files = await services.adapters
        .get(kind)
        ?.watched?.(config)
        ?.catch(() => undefined)
      const now = files && (await stateOf(files).catch(() => undefined))
      if (now !== undefined && now !== '' && before.get(uuid) === now) await startIfNew(em, services, uuid, now)
      if (now !== undefined) before.set(uuid, now)
    }
  }
  const timer = setInterval(() => {
    looking = looking.then(look).catch((error: unknown) => fault((error as Error).message))
  }, every)
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await looking
    },
  }
}

/** Names, sizes and times of the files; '' if there are none. */
async function stateOf(files: readonly string[]): Promise<string> {
  if (files.length === 0) return ''
  const hash = createHash('sha256')
  for (const file of files) {
    const { size, mtimeMs } = await stat(file)
    hash.update(JSON.stringify([basename(file), size, mtimeMs]))
  }
  return hash.digest('hex')
}

async function startIfNew(em: EntityManager, services: WatchParts['services'], productId: string, state: string) {
  try {
    await em.fork().transactional(async (em) => {
      await rows(em, 'insert into discovery_watch (product_id) values ($1) on conflict do nothing', [productId])
      const last = await row<{ state: string | null }>(
        em,
        'select state from discovery_watch where product_id = $1 for update',
        [productId],
      )
      if (last?.state === state) return
      const reason = 'A file is new in what is watched.'
      await startDiscovery(em, { productId: toNodeId('prd', productId), reason }, services, systemViewer)
      await rows(em, 'update discovery_watch set state = $2 where product_id = $1', [productId, state])
    })
  } catch (error) {
    // A run is under way: the next look tries again. Or the product was retired meanwhile.
    if (!(error instanceof Refusal)) throw error
  }
}
