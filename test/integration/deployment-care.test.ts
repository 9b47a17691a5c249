import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { anApp, type Person } from '../support/app.ts'
import { anAppEstate, type AppEstate, type Item } from '../support/app-estate.ts'
import { careOf, historyOf, type Care } from '../support/care.ts'
import { until } from '../support/until.ts'

const app = anApp()
let estate: AppEstate
let dora: Person
let olga: Person
let bert: Person
let id: string

beforeAll(async () => {
  estate = await anAppEstate(app, 4)
  dora = estate.deployer
  olga = estate.owner
  bert = await app.person('DEPLOYER', undefined, 'Bert Beier')
  id = (await estate.draft()).id
})
/** Nobody holds it when the next test begins. */
afterEach(async () => {
  const { hold } = await care(app.admin)
  if (hold.holder?.id === app.admin.id) return void (await app.admin.does('deploymentLetGo', { id }))
  if (!hold.holder) return
  await app.admin.does('deploymentHold', { id, reason: 'For the next test.' })
  await app.admin.does('deploymentLetGo', { id })
})

const care = (person: Person, of = id) => careOf(person, of)
const history = (of = id) => historyOf(olga, of)
async function now(person: Person): Promise<{ inMyHands: string[]; handedOverToMe: string[] }> {
  const found = await person.query<{ now: Record<'inMyHands' | 'handedOverToMe', { id: string }[]> }>(
    '{ now { inMyHands { id } handedOverToMe { id } } }',
  )
  const ids = (list: { id: string }[]) => list.map((one) => one.id)
  return { inMyHands: ids(found.now.inMyHands), handedOverToMe: ids(found.now.handedOverToMe) }
}

describe('who holds a deployment', () => {
  test('somebody takes hold of it and lets it go again, and the history says so', async () => {
    expect(await care(dora)).toMatchObject({
      hold: { state: 'FREE', holder: null, version: 1 },
      allowedActions: ['hold', 'pinNote'],
    })
    await dora.does('deploymentHold', { id, reason: 'My shift.' })
    const held = await care(dora)
    expect(held.hold).toMatchObject({ state: 'HELD', holder: { name: 'Dora Deployer' } })
    expect(held.allowedActions).toEqual(['handOver', 'letGo', 'pinNote'])
    expect((await care(bert)).allowedActions).toEqual(['takeOver', 'pinNote'])
    expect(await now(dora)).toEqual({ inMyHands: [id], handedOverToMe: [] })
    await dora.does('deploymentLetGo', { id })
    expect((await care(dora)).hold).toMatchObject({ state: 'FREE', holder: null, since: null })
    expect((await history()).slice(0, 2)).toMatchObject([
      { action: 'letGo', by: 'Dora Deployer' },
      { action: 'hold', by: 'Dora Deployer', reason: 'My shift.' },
    ])
  })

  test('whoever hands it over holds it until the other one acknowledges', async () => {
    await dora.does('deploymentHold', { id })
    const { successors, hold } = await care(dora)
    expect(successors.map(({ name }) => name)).toEqual(['Ada Admin', 'Bert Beier', 'Olga Owner'])
    await dora.does('deploymentHandOver', {
      id,
      toId: bert.id,
      note: '  Tokyo is still to come. ',
      expectedVersion: hold.version,
    })
    expect((await care(bert)).hold).toMatchObject({
      state: 'HANDING_OVER',
      holder: { name: 'Dora Deployer' },
      successor: { name: 'Bert Beier' },
      note: 'Tokyo is still to come.',
    })
    expect(await now(bert)).toEqual({ inMyHands: [], handedOverToMe: [id] })
    expect(await now(dora)).toEqual({ inMyHands: [id], handedOverToMe: [] })
    expect((await care(bert)).allowedActions).toEqual(['acknowledgeHandOver', 'declineHandOver', 'pinNote'])
    expect((await care(dora)).allowedActions).toEqual(['withdrawHandOver', 'letGo', 'pinNote'])

    await bert.does('handOverAcknowledge', { id })
    expect((await care(olga)).hold).toMatchObject({
      state: 'HELD',
      holder: { name: 'Bert Beier' },
      successor: null,
      note: null,
    })
    expect(await now(bert)).toEqual({ inMyHands: [id], handedOverToMe: [] })
    expect((await history()).slice(0, 2)).toMatchObject([
      { action: 'acknowledgeHandOver', changes: { holder: { from: 'Dora Deployer', to: 'Bert Beier' } } },
      { action: 'handOver', changes: { handedOverTo: 'Bert Beier', note: 'Tokyo is still to come.' } },
    ])
  })

  test('a hand-over that is declined or withdrawn leaves it with its holder', async () => {
    await dora.does('deploymentHold', { id })
    await dora.does('deploymentHandOver', { id, toId: bert.id })
    await bert.does('handOverDecline', { id, reason: 'I leave at six.' })
    expect((await care(dora)).hold).toMatchObject({ state: 'HELD', holder: { name: 'Dora Deployer' }, successor: null })
    expect((await history())[0]).toMatchObject({ action: 'declineHandOver', reason: 'I leave at six.' })
    await dora.does('deploymentHandOver', { id, toId: bert.id })
    await dora.does('handOverWithdraw', { id })
    expect(await bert.tries('handOverAcknowledge', { id })).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }])
    expect((await care(dora)).hold).toMatchObject({ state: 'HELD', holder: { name: 'Dora Deployer' } })
  })

  test('taking it out of the hands of somebody asks for a reason and is told in the history', async () => {
    await dora.does('deploymentHold', { id })
    expect(await bert.tries('deploymentHold', { id })).toMatchObject([
      { code: 'HELD_BY_ANOTHER', field: ['reason'], evidence: { holder: 'Dora Deployer' } },
    ])
    expect(await bert.tries('deploymentHold', { id, reason: '   ' })).toMatchObject([{ code: 'HELD_BY_ANOTHER' }])
    await bert.does('deploymentHold', { id, reason: 'Dora is ill.' })
    expect((await care(dora)).hold.holder?.name).toBe('Bert Beier')
    expect((await history())[0]).toMatchObject({
      action: 'takeOver',
      by: 'Bert Beier',
      reason: 'Dora is ill.',
      changes: { holder: { from: 'Dora Deployer', to: 'Bert Beier' } },
    })
  })

  test('of two who take hold at once one gets it, and the other one hears who', async () => {
    const answers = await Promise.all([dora, bert].map((each) => each.tries('deploymentHold', { id })))
    const { holder } = (await care(olga)).hold
    expect(answers.map((errors) => errors.length).sort()).toEqual([0, 1])
    expect(answers.flat()).toMatchObject([{ code: 'HELD_BY_ANOTHER', evidence: { holder: holder!.name } }])
  })

  test('of two who take it over at once the second sees that it is in other hands than those they saw', async () => {
    await olga.does('deploymentHold', { id })
    const { version } = (await care(dora)).hold
    const input = { id, reason: 'Olga left.', expectedVersion: version }
    const answers = await Promise.all([dora, bert].map((each) => each.tries('deploymentHold', input)))
    expect(answers.flat()).toMatchObject([{ code: 'VERSION_CONFLICT' }])
  })

  test('holding forbids nothing: who may steer it still can', async () => {
    const other = (await estate.approved()).id
    await dora.does('deploymentHold', { id: other })
    await olga.does('deploymentCancel', { id: other, reason: 'Not today.' })
    expect(
      await until(
        () => care(olga, other),
        ({ hold }) => hold.state === 'FREE',
      ),
    ).toMatchObject({ hold: { holder: null } })
    expect((await history(other))[0]).toMatchObject({ action: 'end', by: null, reason: 'It is over.' })
    expect(await dora.tries('deploymentHold', { id: other })).toMatchObject([
      { code: 'BAD_INPUT', rule: 'hold what goes on', evidence: { state: 'CANCELLED' } },
    ])
  })
})

describe('what is refused', () => {
  test('only the holder hands it over, lets it go or withdraws, and only the other one acknowledges', async () => {
    expect(await dora.tries('deploymentLetGo', { id })).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }])
    await dora.does('deploymentHold', { id })
    const refused = { code: 'NOT_IN_YOUR_HANDS', evidence: { holder: 'Dora Deployer' } }
    expect(await bert.tries('deploymentLetGo', { id })).toMatchObject([refused])
    expect(await bert.tries('deploymentHandOver', { id, toId: olga.id })).toMatchObject([refused])
    expect(await dora.tries('deploymentHold', { id })).toMatchObject([{ code: 'NOT_IN_YOUR_HANDS' }])
    await dora.does('deploymentHandOver', { id, toId: bert.id })
    expect(await olga.tries('handOverAcknowledge', { id })).toMatchObject([
      { code: 'NOT_IN_YOUR_HANDS', evidence: { successor: 'Bert Beier' } },
    ])
    expect(await olga.tries('handOverWithdraw', { id })).toMatchObject([refused])
    expect(await bert.tries('deploymentHold', { id, reason: 'Mine.' })).toMatchObject([
      { code: 'NOT_IN_YOUR_HANDS', message: expect.stringContaining('acknowledge or decline') as string },
    ])
    expect(await dora.tries('deploymentHandOver', { id, toId: olga.id })).toMatchObject([
      { code: 'ILLEGAL_TRANSITION' },
    ])
  })

  test('it is not handed over to oneself, to nobody, or to somebody who could not steer it', async () => {
    await dora.does('deploymentHold', { id })
    const to = (toId: string, note?: string) => dora.tries('deploymentHandOver', { id, toId, note })
    expect(await to(dora.id)).toMatchObject([{ code: 'BAD_INPUT', field: ['toId'] }])
    expect(await to('acc_00000000000000000000000000000000')).toMatchObject([{ code: 'BAD_INPUT', field: ['toId'] }])
    expect(await to(id)).toMatchObject([{ code: 'BAD_INPUT', field: ['toId'] }])
    expect(await to(estate.approver.id)).toMatchObject([{ code: 'BAD_INPUT', rule: 'deployment.control' }])
    const local = await app.person('DEPLOYER', estate.site('Austin'), 'Aust Only')
    expect(await to(local.id)).toMatchObject([{ code: 'BAD_INPUT', rule: 'deployment.control' }])
    expect(await to(bert.id, 'x'.repeat(1_001))).toMatchObject([{ code: 'BAD_INPUT', field: ['note'] }])
    expect((await care(dora)).hold.state).toBe('HELD')
  })

  test('a viewer sees it and changes nothing of it', async () => {
    await dora.does('deploymentHold', { id })
    const vera = await app.person('VIEWER', undefined, 'Vera Viewer')
    expect(await care(vera)).toMatchObject({
      hold: { holder: { name: 'Dora Deployer' } },
      allowedActions: [],
      successors: [],
    })
    const inputs = {
      deploymentHold: { id },
      deploymentLetGo: { id },
      deploymentHandOver: { id, toId: bert.id },
      handOverAcknowledge: { id },
      handOverDecline: { id },
      handOverWithdraw: { id },
      shiftNotePin: { id, text: 'Mine.' },
      shiftNoteClear: { id },
      deploymentAcknowledge: { id },
      deploymentUnacknowledge: { id },
    }
    for (const [mutation, input] of Object.entries(inputs)) {
      const [refusal] = await vera.tries(mutation, input)
      expect(refusal?.message, mutation).toContain('deployment.control')
    }
  })

  test('who may steer one site neither holds what reaches beyond it nor sees what is elsewhere', async () => {
    const [austin, tokyo] = ['Austin', 'Tokyo'].map((name) => estate.items.filter(({ site }) => site.name === name))
    const local = await app.person('DEPLOYER', estate.site('Austin'), 'Local Deployer')
    expect(await local.tries('deploymentHold', { id })).toMatchObject([{ code: 'FORBIDDEN' }])
    expect((await care(local)).allowedActions).toEqual([])
    const away = (await estate.draft({ items: tokyo as Item[] })).id
    expect(await local.tries('deploymentHold', { id: away })).toMatchObject([{ code: 'NOT_FOUND' }])
    const here = (await estate.draft({ items: austin as Item[] })).id
    expect((await care(dora, here)).successors.map(({ name }) => name)).toContain('Local Deployer')
    await local.does('deploymentHold', { id: here })
    expect(await now(local)).toEqual({ inMyHands: [here], handedOverToMe: [] })
  })
})

describe('people who are not there any more', () => {
  const free = () =>
    until(
      () => care(olga),
      ({ hold }) => hold.state === 'FREE',
    )

  test('what somebody holds is free when the account is disabled', async () => {
    const gone = await app.person('DEPLOYER', undefined, 'Gone Gunnar')
    await gone.does('deploymentHold', { id })
    await app.admin.does('accountDisable', { id: gone.id })
    await free()
    expect((await history())[0]).toMatchObject({
      action: 'end',
      by: null,
      reason: 'Gone Gunnar cannot hold it any more.',
    })
  })

  test('what somebody holds is free when their role is taken back', async () => {
    const gone = await app.person('DEPLOYER', undefined, 'Moved Moritz')
    await gone.does('deploymentHold', { id })
    const { node } = await app.admin.query<{ node: { grants: { id: string }[] } }>(
      'query($id: ID!) { node(id: $id) { ... on Account { grants { id } } } }',
      { id: gone.id },
    )
    await app.admin.does('grantRevoke', { id: node.grants[0]!.id })
    await free()
  })

  test('a hand-over lapses when the one it was for is gone, and stays when the one who gave it is', async () => {
    const next = await app.person('DEPLOYER', undefined, 'Next Nora')
    await dora.does('deploymentHold', { id })
    await dora.does('deploymentHandOver', { id, toId: next.id })
    await app.admin.does('accountDisable', { id: next.id })
    await until(
      () => care(olga),
      ({ hold }) => hold.state === 'HELD',
    )
    expect((await history())[0]).toMatchObject({ action: 'lapse', reason: 'Next Nora cannot hold it any more.' })

    const leaving = await app.person('DEPLOYER', undefined, 'Leaving Lea')
    await leaving.does('deploymentHold', { id, reason: 'For the night.' })
    await leaving.does('deploymentHandOver', { id, toId: bert.id, note: 'All yours.' })
    await app.admin.does('accountDisable', { id: leaving.id })
    // Long enough for what would take it out of her hands.
    await sleep(700)
    expect((await care(bert)).hold).toMatchObject({ state: 'HANDING_OVER', note: 'All yours.' })
    await bert.does('handOverDecline', { id })
    await free()
  })
})

test('who follows the deployment hears of a hand-over within 2 s', async () => {
  let heard = 0
  const { secret } = await olga.does<{ secret: string }>('apiTokenCreate', { name: 'To follow' }, 'secret')
  const client = createClient({
    url: `${app.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { token: secret },
  })
  const seen: (string | undefined)[] = []
  client.subscribe<{ deploymentChanged: { deployment: { care: Care } | null } }>(
    {
      query:
        'subscription($id: ID!) { deploymentChanged(id: $id) { deployment { id care { hold { state successor { name } } } } } }',
      variables: { id },
    },
    {
      next: ({ data }) => {
        heard++
        seen.push(data?.deploymentChanged.deployment?.care.hold.successor?.name)
      },
      error: () => {},
      complete: () => {},
    },
  )
  await dora.does('deploymentHold', { id })
  await until(
    async () => heard,
    (count) => count > 0,
  )
  const at = Date.now()
  await dora.does('deploymentHandOver', { id, toId: bert.id })
  await until(
    async () => seen.includes('Bert Beier'),
    (found) => found,
  )
  expect(Date.now() - at).toBeLessThan(2_000)
  await client.dispose()
})
