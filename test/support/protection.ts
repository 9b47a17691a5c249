/** Protected states as tests speak of them: a policy, releases that list items, and each way in by which people change an item. */
import { beforeAll, expect } from 'vitest'
import { Account } from '../../server/account/account.entity.ts'
import type { ProtectableState } from '../../server/catalogue/catalogue.ts'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { itemGates, nodeLoaders } from '../../server/parts.ts'
import { runReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { startReconciliation } from '../../server/reconciliation/reconciliation.service.ts'
import { anEstate, aViewer, makeItems, nobody, type Estate } from './estate.ts'

export interface Said {
  code: string
  message: string
  itemId: string | null
  rule: string | null
  evidence: Record<string, unknown> | null
}
export interface Listed {
  id: string
  number: string
}

export interface ProtectedEstate extends Estate {
  /** Calls a mutation; answers its errors and what is selected of its payload. */
  does<T = object>(name: string, type: string, input: object, select?: string): Promise<T & { userErrors: Said[] }>
  protect(className: string, states: ProtectableState[] | null): Promise<void>
  /** A draft that lists these items: as targets where that can be, otherwise among its other items. */
  release(items: readonly ConfigurationItem[]): Promise<Listed>
  /** Plans it, has it approved by another person and starts it. */
  start(release: Listed): Promise<void>
  approve(release: Listed, by?: Viewer): Promise<Said[]>
  complete(release: Listed): Promise<void>
  host(facts?: Partial<ConfigurationItem>): Promise<ConfigurationItem>
  site(): Promise<ConfigurationItem>
  see(name: string, className?: string, attributes?: Record<string, unknown>): Promise<ActualItem>
  reconcile(): Promise<void>
}

/** Who approves what Ada makes. */
export const anApprover: Viewer = { ...aViewer(), accountId: '00000000-0000-7000-8000-00000000000b', name: 'Amir' }

export function aProtectedEstate(): ProtectedEstate {
  const jobs = { enqueue: () => Promise.resolve() } as unknown as Jobs
  const services = { jobs, integrations: new Map(), itemGates, nodeLoaders, releaseGates: [] }
  const estate = anEstate(() => services) as ProtectedEstate
  beforeAll(async () => {
    const { accountId: uuid, name } = aViewer()
    const ada = Object.assign(new Account(), { uuid, name, login: 'ada', state: 'ACTIVE' })
    const amir = Object.assign(new Account(), {
      uuid: anApprover.accountId,
      name: 'Amir',
      login: 'amir',
      state: 'ACTIVE',
    })
    await estate.orm.em.fork().persist([ada, amir]).flush()
  })
  let counter = 0
  estate.does = async <T>(name: string, type: string, input: object, select = '') => {
    const text = `mutation($input: ${type}!) { ${name}(input: $input) { ${select} userErrors { code message itemId rule evidence } } }`
    return (await estate.query<Record<string, T & { userErrors: Said[] }>>(text, { input }))[name]!
  }
  const done = async <T>(name: string, type: string, input: object, select = '') => {
    const answer = await estate.does<T>(name, type, input, select)
    expect(answer.userErrors).toEqual([])
    return answer
  }
  estate.protect = async (name, protectedStates) =>
    void (await done('classUpdate', 'ClassUpdateInput', { name, protectedStates }))
  estate.release = async (items) => {
    const isTarget = ({ className, authorized }: ConfigurationItem) => className === 'ComputerSystem' && authorized
    const { release } = await done<{ release: Listed }>(
      'releaseCreate',
      'ReleaseCreateInput',
      { title: 'Change', targetIds: items.filter(isTarget).map(({ id }) => id) },
      'release { id number }',
    )
    const itemIds = items.filter((item) => !isTarget(item)).map(({ id }) => id)
    await done('releaseOtherItemsAdd', 'ReleaseOtherItemsInput', { id: release.id, itemIds })
    return release
  }
  estate.approve = async ({ id }, by = anApprover) => {
    const { release } = await estate.query<{ release: { revision: number } }>(
      `query($id: ID!) { release(id: $id) { revision } }`,
      { id },
    )
    const text = `mutation($input: ReleaseApproveInput!) { releaseApprove(input: $input) { userErrors { code message itemId rule evidence } } }`
    const input = { id, revision: release.revision }
    return (await estate.query<{ releaseApprove: { userErrors: Said[] } }>(text, { input }, by)).releaseApprove
      .userErrors
  }
  estate.start = async ({ id, number }) => {
    await done('releasePlan', 'MoveInput', { id })
    expect(await estate.approve({ id, number })).toEqual([])
    await done('releaseStart', 'MoveInput', { id })
  }
  estate.complete = async ({ id }) => void (await done('releaseComplete', 'MoveInput', { id }))
  const make = async (className: string, name: string, facts: Partial<ConfigurationItem> = {}) =>
    (await estate.change((em) => makeItems(em, className, [name], facts)))[0]!
  estate.host = (facts) => make('ComputerSystem', `host-${++counter}`, facts)
  estate.site = () => make('Site', `site-${++counter}`)
  estate.see = (name, className = 'ComputerSystem', attributes = {}) =>
    estate.change(async (em) => {
      const times = { firstSeenAt: new Date(), lastSeenAt: new Date() }
      const seen = Object.assign(new ActualItem(), { className, name, nativeKey: name, attributes, ...times })
      await em.persist(seen).flush()
      return seen
    })
  estate.reconcile = async () => {
    const run = await estate.change((em) => startReconciliation(em, services, nobody))
    await runReconciliation(estate.orm.em, run.uuid, estate.services)
  }
  return estate
}
