import { beforeAll, describe, expect, test } from 'vitest'
import { anApp, type Person } from '../support/app.ts'
import { anAppEstate, faultAt, type AppEstate } from '../support/app-estate.ts'
import { careOf, historyOf } from '../support/care.ts'

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

const care = (person: Person, of = id) => careOf(person, of)
const history = () => historyOf(olga, id)

describe('the shift note', () => {
  test('is pinned, replaced and cleared, and each wording stays in the history', async () => {
    await dora.does('shiftNotePin', { id, text: ' Restart cache-1 by hand. ' })
    expect((await care(bert)).shiftNote).toMatchObject({
      text: 'Restart cache-1 by hand.',
      by: { name: 'Dora Deployer' },
    })
    await bert.does('shiftNotePin', { id, text: 'Done.' })
    expect(await care(dora)).toMatchObject({ shiftNote: { text: 'Done.', by: { name: 'Bert Beier' } } })
    expect((await care(dora)).allowedActions).toContain('clearNote')
    await dora.does('shiftNoteClear', { id })
    expect((await care(dora)).shiftNote).toBeNull()
    expect((await history()).slice(0, 3)).toMatchObject([
      { action: 'clearNote', changes: { note: { from: 'Done.', to: null } } },
      { action: 'pinNote', by: 'Bert Beier', changes: { note: { from: 'Restart cache-1 by hand.', to: 'Done.' } } },
      { action: 'pinNote', by: 'Dora Deployer', changes: { note: 'Restart cache-1 by hand.' } },
    ])
  })

  test('an empty or overlong one is refused, and so is clearing none', async () => {
    for (const text of ['  ', 'x'.repeat(1_001)]) {
      expect(await dora.tries('shiftNotePin', { id, text })).toMatchObject([{ code: 'BAD_INPUT', field: ['text'] }])
    }
    expect(await dora.tries('shiftNoteClear', { id })).toMatchObject([{ code: 'BAD_INPUT' }])
    expect((await care(dora)).shiftNote).toBeNull()
  })
})

describe('what went wrong', () => {
  test('is acknowledged by one, until something else goes wrong or nothing is wrong any more', async () => {
    const items = estate.items.slice(0, 2)
    const { name } = items[0]!
    await faultAt(estate.hosts.hosts, name, { step: 'copy', fault: 'fail' })
    const { id: wrong } = await estate.approved({ items })
    expect(await dora.tries('deploymentAcknowledge', { id: wrong })).toMatchObject([
      { code: 'BAD_INPUT', rule: 'acknowledge what went wrong' },
    ])
    await dora.does('deploymentStart', { id: wrong })
    await estate.ends(wrong, 'PARTIAL')
    expect(await care(dora, wrong)).toMatchObject({
      needsAttention: true,
      acknowledgement: null,
      allowedActions: expect.arrayContaining(['acknowledge']) as string[],
    })

    const answers = await Promise.all(
      [dora, bert].map((each) => each.tries('deploymentAcknowledge', { id: wrong, reason: 'I look at it.' })),
    )
    const { acknowledgement } = await care(olga, wrong)
    expect(acknowledgement).toMatchObject({ comment: 'I look at it.' })
    expect(answers.flat()).toMatchObject([{ code: 'ALREADY_ACKNOWLEDGED', evidence: { by: acknowledgement!.by.name } }])
    await olga.does('deploymentUnacknowledge', { id: wrong })
    expect(await olga.tries('deploymentUnacknowledge', { id: wrong })).toMatchObject([{ code: 'BAD_INPUT' }])
    expect((await care(olga, wrong)).acknowledgement).toBeNull()
    await dora.does('deploymentAcknowledge', { id: wrong })

    await dora.does('deploymentRetryFailed', { id: wrong })
    await estate.ends(wrong, 'PARTIAL')
    expect(await care(olga, wrong)).toMatchObject({ needsAttention: true, acknowledgement: null })

    await dora.does('deploymentAcknowledge', { id: wrong })
    await faultAt(estate.hosts.hosts, name, null)
    await dora.does('deploymentRetryFailed', { id: wrong })
    await estate.ends(wrong, 'SUCCEEDED', 'CONFIRMED')
    expect(await care(olga, wrong)).toMatchObject({ needsAttention: false, acknowledgement: null })
  })
})
