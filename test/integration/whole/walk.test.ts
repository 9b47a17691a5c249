// From an item to its deployments, their tasks, the release, its other targets and their dependants, in one query.
import { beforeAll, expect, test } from 'vitest'
import { anApp } from '../../support/app.ts'
import { anAppEstate, type AppEstate } from '../../support/app-estate.ts'
import { countStatementsMeanwhile } from '../../support/statements.ts'

const app = anApp()
let estate: AppEstate

beforeAll(async () => {
  estate = await anAppEstate(app, 4)
})

const WALK = `query($id: ID!) { configurationItem(id: $id) { name site { name } deployments(first: 50) { totalCount nodes {
  number state createdBy { name } source { number package { name } } validation { state } counts { pending } approvals { valid }
  targets(first: 10) { nodes { state item { name } } }
  task { number owner { name } readiness { ready } release { number owner { name } sources { number }
    targets(first: 20) { nodes { name site { name } installed(first: 10) { nodes { version } }
      relationships(first: 10) { nodes { type { name } other { name } } } impact(direction: DEPENDANTS, first: 10) { total nodes { item { name } } } } }
    tasks(first: 5) { nodes { number } } dependantsOutside(first: 5) { name } } } } } } }`

/** What this request sends; what goes on beside it (events, jobs, the engine) is left out. */
async function statementsOf(id: string): Promise<{ statements: string[]; deployments: number }> {
  let deployments = 0
  const all = await countStatementsMeanwhile(async () => {
    const { configurationItem } = await estate.owner.query<{
      configurationItem: { deployments: { totalCount: number; nodes: unknown[] } }
    }>(WALK, { id })
    deployments = configurationItem.deployments.nodes.length
    expect(configurationItem.deployments.totalCount).toBe(deployments)
  })
  const beside =
    /event_inbox|event_epoch|waybill_event|pg_notify|from event |^select ordinal,|job|advisory|audit_head|audit_entry|last_seen|heartbeat|engine_process|deadline_at <|valid_until <|^set |^listen/i
  return { statements: all.filter((text) => !beside.test(text)), deployments }
}

/** The fewest of three counts: background work can only add. */
async function least(id: string) {
  const counts = [await statementsOf(id), await statementsOf(id), await statementsOf(id)]
  return counts.sort((a, b) => a.statements.length - b.statements.length)[0]!
}

test('takes as many statements with twenty deployments as with one', async () => {
  const [one, many] = estate.items
  // The same neighbours as below: what is not there is not asked for.
  const { taskId: alone } = await estate.planned([one!, estate.items[2]!, estate.items[3]!])
  await estate.draft({ items: [one!], taskId: alone })
  for (let n = 0; n < 20; n++) {
    const { taskId } = await estate.planned(n % 2 ? [many!] : [many!, estate.items[2]!, estate.items[3]!])
    await estate.draft({ items: [many!], taskId })
  }
  const [few, lots] = [await least(one!.id), await least(many!.id)]
  expect([few.deployments, lots.deployments]).toEqual([1, 20])
  expect(lots.statements.length, lots.statements.map((text) => text.slice(0, 160)).join('\n')).toBe(
    few.statements.length,
  )
  expect(lots.statements.length).toBeLessThan(60)
}, 60_000)
