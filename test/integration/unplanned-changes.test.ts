// What people say about changes that nobody planned: known, explained, taken back; one or many, all or none.
import { expect, test } from 'vitest'
import { aViewer } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'

const estate = aReconciledEstate()

interface Change {
  at: string
  attribute: string
  state: string
  comment: string | null
  decidedAt: string | null
  allowedActions: string[]
  item: { id: string; name: string }
}
const CHANGE = 'at attribute state comment decidedAt allowedActions item { id name }'
const listed = async (filter: object, who = aViewer()) => {
  const text = `query($filter: UnplannedChangeFilter) { unplannedChanges(first: 50, filter: $filter) { nodes { ${CHANGE} } } }`
  return (await estate.query<{ unplannedChanges: { nodes: Change[] } }>(text, { filter }, who)).unplannedChanges.nodes
}
const refOf = ({ item, at, attribute }: Change) => ({ itemId: item.id, at, attribute })
const decide = (change: object, action: string, facts: object = {}, who = aViewer()) =>
  estate.ask<{ change: Change | null }>(
    'unplannedChangeDecide',
    'UnplannedChangeDecideInput',
    { change, action, ...facts },
    `change { ${CHANGE} }`,
    who,
  )
const decideAll = (changes: object[], action: string, facts: object = {}) =>
  estate.ask<{ changes: Change[] }>(
    'unplannedChangesDecide',
    'UnplannedChangesDecideInput',
    { changes, action, ...facts },
    `changes { ${CHANGE} }`,
  )

/** Applications that are linked, each with one change that nothing explains. */
async function changed(...names: string[]) {
  const pairs = []
  for (const name of names) pairs.push(await estate.pair('Application', name, { attributes: { version: '1' } }))
  await aMoment()
  for (const { actual } of pairs)
    await estate.sql(`update actual_item set attributes = attributes || '{"version": "2"}' where uuid = $1`, [
      actual.uuid,
    ])
  return pairs
}

test('a change is open, then known, then explained with what it was, and can be opened again', async () => {
  await changed('one-till')
  const filter = { search: 'one-' }
  const [open] = await listed({ ...filter, states: ['OPEN'] })
  expect(open).toMatchObject({ state: 'OPEN', comment: null, allowedActions: ['acknowledge', 'explain'] })
  const ref = refOf(open!)
  expect((await decide(ref, 'acknowledge')).change).toMatchObject({
    state: 'ACKNOWLEDGED',
    decidedAt: expect.any(String),
    allowedActions: ['explain', 'reopen'],
  })
  expect(await listed({ ...filter, states: ['OPEN'] })).toEqual([])
  expect((await decide(ref, 'explain')).userErrors).toEqual([
    { message: 'Say what it was: an explanation needs a comment.', rule: 'comment' },
  ])
  await decide(ref, 'explain', { comment: 'An update by hand.' })
  expect(await listed({ ...filter, states: ['EXPLAINED'] })).toMatchObject([{ comment: 'An update by hand.' }])
  expect((await decide(ref, 'acknowledge')).userErrors[0]!.message).toBe(
    'The change of version is EXPLAINED, so it cannot acknowledge. Possible now: reopen.',
  )
  expect((await decide(ref, 'reopen')).change).toMatchObject({ state: 'OPEN', comment: null, decidedAt: null })
  const moves = await estate.sql(
    `select h.action, h.from_state, h.to_state, h.reason from history h join unplanned_decision u on u.uuid = h.subject order by h.uuid`,
  )
  expect(moves).toEqual([
    { action: 'acknowledge', from_state: 'OPEN', to_state: 'ACKNOWLEDGED', reason: null },
    { action: 'explain', from_state: 'ACKNOWLEDGED', to_state: 'EXPLAINED', reason: 'An update by hand.' },
    { action: 'reopen', from_state: 'EXPLAINED', to_state: 'OPEN', reason: null },
  ])
})

test('many are decided at once or none of them, and what is no such change is refused in words', async () => {
  const pairs = await changed('many-1', 'many-2', 'many-3')
  const all = (await listed({ search: 'many-' })).map(refOf)
  expect(all).toHaveLength(3)
  const never = { ...all[0]!, attribute: 'port' }
  const refused: [Promise<{ userErrors: { message: string }[] }>, string][] = [
    [decideAll([...all, never], 'acknowledge'), 'There is no change of port at'],
    [decideAll([], 'acknowledge'), 'Give 1 to 200 changes; 0 were given.'],
    [decideAll(all, 'forget'), 'so it cannot forget. Possible now: acknowledge, explain.'],
    [decide({ ...all[0]!, itemId: pairs[0]!.item.id }, 'acknowledge'), 'a ActualItem is wanted here'],
  ]
  for (const [answer, words] of refused) expect((await answer).userErrors[0]?.message).toContain(words)
  await decide(all[0]!, 'explain', { comment: 'Known.' })
  expect((await decideAll(all, 'acknowledge')).userErrors[0]!.message).toContain('is EXPLAINED')
  expect(await listed({ search: 'many-', states: ['OPEN'] })).toHaveLength(2)
  await decide(all[0]!, 'reopen')
  const { changes } = await decideAll(all, 'explain', { comment: 'The new image.' })
  expect(changes.map(({ state, comment }) => [state, comment])).toEqual(all.map(() => ['EXPLAINED', 'The new image.']))
  await decideAll(all, 'reopen')
  expect(await listed({ search: 'many-', states: ['OPEN'] })).toHaveLength(3)
})

test('of a change a person says only what is of an item that is given to them', async () => {
  const [mine, other] = await changed('his-a', 'his-b')
  const [forMine, forOther] = await Promise.all(
    ['his-a', 'his-b'].map(async (search) => refOf((await listed({ search }))[0]!)),
  )
  const who = aViewer([mine!.item.uuid])
  expect((await decide(forMine!, 'acknowledge', {}, who)).change).toMatchObject({ state: 'ACKNOWLEDGED' })
  expect((await decide(forOther!, 'acknowledge', {}, who)).userErrors[0]!.message).toContain('There is no change')
  expect(other!.item.uuid).not.toBe(mine!.item.uuid)
})
