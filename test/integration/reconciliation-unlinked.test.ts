// What could not be linked, or not be related as it is seen: decided by hand, by a rule, or refused in words.
import { expect, test } from 'vitest'
import { defineRule } from '../../server/catalogue/relationship-type.service.ts'
import { promoteItems } from '../../server/reconciliation/promote.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aReconciledEstate, type SeenResult } from '../support/reconciliation.ts'

const estate = aReconciledEstate()
const decide = (input: object, who = aViewer()) =>
  estate.ask<{ result: { state: string; comment: string } | null }>(
    'reconciliationResultResolve',
    'ReconciliationResultResolveInput',
    input,
    'result { state comment }',
    who,
  )
const decideAll = (input: object) =>
  estate.ask('reconciliationResultsResolve', 'ReconciliationResultsResolveInput', input, 'results { id state }')
const open = (taskId: string, kinds = ['LINK_FAILURE', 'UNEXPECTED']) =>
  estate.results({ taskId, states: ['OPEN'], kinds })
const messages = (results: SeenResult[]) => results.map(({ message }) => message).toSorted()
const switchOff = () =>
  estate.sql(`update reconciliation_ignore_rule set active = false where active returning kind, attribute, reason`)

/** A site that was seen, and two planned ones that it could be. */
async function ambiguous(name: string) {
  await estate.change((em) => makeItems(em, 'Site', [name, name]))
  return estate.see('Site', name)
}

test('what could not be linked is linked by hand with any free item of its class, which answers it in every task', async () => {
  const actual = await ambiguous('Cusco')
  const [wanted] = await estate.change((em) => makeItems(em, 'Site', ['Old Cusco']))
  const [wrong] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['cusco-1']))
  const [first, second] = [
    await estate.task({ name: 'Sites', classNames: ['Site'] }),
    await estate.task({ name: 'Sites again', classNames: ['Site'], linkRules: [] }),
  ]
  for (const task of [first, second]) await estate.run(task)
  const [failure] = await open(first)
  expect(failure).toMatchObject({
    kind: 'LINK_FAILURE',
    code: 'AMBIGUOUS',
    allowedActions: ['link', 'keepApart', 'resolve', 'ignore'],
  })
  const [unexpected] = await open(second)
  expect(unexpected).toMatchObject({
    kind: 'UNEXPECTED',
    allowedActions: ['acceptActual', 'link', 'resolve', 'ignore'],
  })
  const link = (itemId?: string) => decide({ id: failure!.id, action: 'link', itemId, comment: 'It moved.' })
  const refused: [Promise<{ userErrors: { message: string }[] }>, string][] = [
    [link(), 'Say with which configuration item it is linked: give itemId.'],
    [link(wrong!.id), 'cusco-1 is a ComputerSystem, and Cusco was seen as a Site.'],
    [decide({ id: failure!.id, action: 'acceptActual' }), 'acceptActual'],
    [decideAll({ ids: [failure!.id], action: 'link' }), 'link them one by one'],
  ]
  for (const [answer, words] of refused) expect((await answer).userErrors[0]?.message).toContain(words)
  expect(await link(wanted!.id)).toEqual({ result: { state: 'RESOLVED', comment: 'It moved.' }, userErrors: [] })
  expect(await open(first)).toEqual([])
  expect(await open(second)).toEqual([])
  expect(await estate.sql('select actual_item_id from configuration_item where uuid = $1', [wanted!.uuid])).toEqual([
    { actual_item_id: actual.uuid },
  ])
  await estate.run(first)
  expect(await open(first)).toEqual([])
})

test('what stays unlinked by a rule is neither asked about nor called unexpected, until the rule is switched off', async () => {
  await ambiguous('Puno')
  const task = await estate.task({ name: 'Unlinked', classNames: ['Site'] })
  await estate.run(task)
  const [failure] = await open(task)
  const keep = (comment?: string) => decide({ id: failure!.id, action: 'keepApart', comment })
  expect((await keep()).userErrors).toEqual([
    { message: 'Say why it stays as it is: the reason is kept with the rule.', rule: 'reason' },
  ])
  expect((await keep('A mirror of another.')).result).toMatchObject({ state: 'RESOLVED' })
  await estate.run(task)
  expect(await open(task)).toEqual([])
  expect(await switchOff()).toEqual([{ kind: 'LINK_FAILURE', attribute: null, reason: 'A mirror of another.' }])
  await estate.run(task)
  expect(messages(await open(task))).toEqual(['2 items have the same name as Puno. Only one of them can be it.'])
})

test('an ignored link failure stays so as long as the candidates are the same ones', async () => {
  await ambiguous('Tacna')
  const task = await estate.task({ name: 'Ignored', classNames: ['Site'] })
  const about = async () => (await open(task)).filter(({ message }) => message.includes('Tacna'))
  await estate.run(task)
  await decide({ id: (await about())[0]!.id, action: 'ignore', comment: 'Later.' })
  await estate.run(task)
  expect(await about()).toEqual([])
  await estate.change((em) => makeItems(em, 'Site', ['Tacna']))
  await estate.run(task)
  expect(messages(await about())).toEqual(['3 items have the same name as Tacna. Only one of them can be it.'])
})

test('what a rule keeps from being related is left so by a rule, or related once the catalogue permits it', async () => {
  const [app, room] = [await estate.see('Application', 'till'), await estate.see('Site', 'till room')]
  await estate.seeEdge('dependsOn', app, room)
  await estate.change((em) => promoteItems(em, estate.catalogue.now, { actualItemIds: [app.id, room.id] }, aViewer()))
  const leftOut = async () =>
    (await estate.results({ states: ['OPEN'], kinds: ['LINK_FAILURE'] })).filter(({ code }) => code === 'NOT_RELATED')
  const [result] = await leftOut()
  expect(result).toMatchObject({
    allowedActions: ['acceptActual', 'keepApart', 'resolve', 'ignore'],
    relationships: [{ type: 'dependsOn', other: 'till room', authorized: false }],
  })
  const forbidden = 'till room (Site) cannot be the target of dependsOn'
  const take = () => decide({ id: result!.id, action: 'acceptActual' })
  expect((await take()).userErrors[0]).toMatchObject({
    message: expect.stringContaining(forbidden),
    rule: 'classes of the relationship',
  })
  expect((await decide({ id: result!.id, action: 'link', itemId: 'ci_0' })).userErrors[0]!.message).toContain('link')
  expect((await decide({ id: result!.id, action: 'keepApart', comment: 'A room is no service.' })).userErrors).toEqual(
    [],
  )
  const everything = 'rct_01936000000070008000000000000002'
  await estate.run(everything)
  expect(await leftOut()).toEqual([])
  expect(await switchOff()).toEqual([{ kind: 'LINK_FAILURE', attribute: 'dependsOn', reason: 'A room is no service.' }])

  await estate.run(everything)
  const [again] = await leftOut()
  expect(again!.message).toContain(forbidden)
  await estate.change((em) =>
    defineRule(em, { type: 'dependsOn', source: 'Application', target: 'Site' } as never, aViewer()),
  )
  await expect.poll(() => estate.catalogue.now.mayRelate('dependsOn', 'Application', 'Site')).toBe(true)
  expect((await decide({ id: again!.id, action: 'acceptActual' })).result).toMatchObject({ state: 'RESOLVED' })
  expect(
    await estate.sql(`select r.type from relationship r join configuration_item s on s.uuid = r.source_id
      where s.name = 'till' and r.valid_to is null`),
  ).toEqual([{ type: 'dependsOn' }])
  await estate.run(everything)
  expect(await leftOut()).toEqual([])
})
