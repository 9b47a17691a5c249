import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { nextTick, ref, shallowRef } from 'vue'
import ChangedMeanwhile from '../../dashboard/src/components/ChangedMeanwhile.vue'
import { ticked, ticksOf } from '../../dashboard/src/composables/ticks.ts'
import { useDraft, type Draft, type DraftOf } from '../../dashboard/src/composables/useDraft.ts'

interface Plans {
  title: string
  purpose: string
  config: Record<string, string>
  targets: Record<string, boolean>
}
const plans = (some: Partial<Plans> = {}): Plans => ({
  title: 'Autumn',
  purpose: 'Because',
  config: { url: 'http://one' },
  targets: ticksOf(['a', 'b']),
  ...some,
})

/** A form over a release, open unless said otherwise; `becomes` is what somebody else makes of it. */
async function aForm(first: DraftOf<Plans> = { id: 'REL-1', version: 1, fields: plans() }, isOpen = true) {
  const open = ref(isOpen)
  const there = shallowRef(first)
  let form!: Draft<Plans>
  const page = mount({
    components: { ChangedMeanwhile },
    setup() {
      form = useDraft(open, () => there.value)
      return { form, labels: { purpose: 'Purpose', 'config.url': 'Address' } }
    },
    template: '<ChangedMeanwhile :form="form" :labels="labels" />',
  })
  const becomes = async (fields: Partial<Plans>, version = (there.value.version ?? 0) + 1) => {
    there.value = { id: 'REL-1', version, fields: plans(fields) }
    await nextTick()
  }
  const press = async (label: string) => {
    await page
      .findAll('button')
      .find((button) => button.text() === label)!
      .trigger('click')
  }
  return { form, open, there, becomes, page, press }
}
/** Types, and lets the form take it in. */
const typing = async (type: () => void) => {
  type()
  await nextTick()
}

test('what nobody touched follows what others do, what is typed stays, and a save expects the newest version', async () => {
  const { form, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ title: 'Winter' })
  expect(form.draft).toMatchObject({ title: 'Winter', purpose: 'For safety' })
  expect(form).toMatchObject({ version: 2, clashes: [], blocked: false })
})

test('what was typed here and changed there is a clash: nothing is overwritten and the version stays', async () => {
  const { form, becomes, page } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ title: 'Winter', purpose: 'The law' })
  expect(form.draft).toMatchObject({ title: 'Winter', purpose: 'For safety' })
  expect(form).toMatchObject({ version: 1, clashes: [{ field: 'purpose', live: 'The law' }], blocked: true })
  expect(page.get('[role=alert]').text()).toContain('Purpose is now “The law”')
  await becomes({ title: 'Spring', purpose: 'The law' })
  expect(form.draft.title, 'the others still follow').toBe('Spring')
  expect(form.version).toBe(1)
})

test('a clash ends by taking what is there now', async () => {
  const { form, becomes, press, page } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ purpose: 'The law' })
  await press('Take theirs')
  expect(form.draft.purpose).toBe('The law')
  expect(form).toMatchObject({ version: 2, clashes: [], blocked: false })
  expect(form.replaced()).toEqual({})
  expect(page.find('[role=alert]').exists()).toBe(false)
})

test('a clash ends by keeping what is typed, and the way back is what it writes over', async () => {
  const { form, becomes, press } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ title: 'Winter', purpose: 'The law' })
  await press('Keep mine')
  expect(form.draft.purpose).toBe('For safety')
  expect(form).toMatchObject({ version: 2, clashes: [], blocked: false })
  expect(form.replaced(), 'and no field of somebody else').toEqual({ purpose: 'The law' })
  await becomes({ title: 'Winter', purpose: 'The court' })
  expect(form.clashes, 'a later change is another clash').toEqual([{ field: 'purpose', live: 'The court' }])
})

test('a clash ends by itself when both say the same, or when the other one takes it back, but not by the old value', async () => {
  const { form, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ purpose: 'The law' })
  await typing(() => (form.draft.purpose = 'Because'))
  expect(form.draft.purpose).toBe('Because')
  expect(form).toMatchObject({ version: 1, blocked: true })
  await typing(() => (form.draft.purpose = 'The law'))
  expect(form).toMatchObject({ version: 2, blocked: false })

  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ purpose: 'The court' })
  expect(form).toMatchObject({ version: 2, blocked: true })
  await becomes({ purpose: 'The law' })
  expect(form).toMatchObject({ version: 4, blocked: false })
  expect(form.draft.purpose).toBe('For safety')
})

test('the settings of a config and the ticks of a list are fields of their own', async () => {
  const { form, becomes } = await aForm()
  await typing(() => {
    form.draft.config.path = '/media'
    form.draft.targets.a = false
  })
  await becomes({ config: { url: 'http://two' }, targets: ticksOf(['a', 'c']) })
  expect(form.draft.config).toEqual({ url: 'http://two', path: '/media' })
  expect(ticked(form.draft.targets)).toEqual(['c'])
  expect(form).toMatchObject({ version: 2, blocked: false })
  expect(form.replaced()).toEqual({ config: { url: 'http://two' }, targets: ticksOf(['a', 'c']) })

  await typing(() => (form.draft.config.url = 'http://mine'))
  await becomes({ config: { url: 'http://three' }, targets: ticksOf(['a', 'c']) })
  expect(form.clashes).toEqual([{ field: 'config.url', live: 'http://three' }])
})

test('a form that is opened again begins anew', async () => {
  const { form, open, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await becomes({ purpose: 'The law' })
  await typing(() => (open.value = false))
  await becomes({ purpose: 'The court' })
  expect(form.draft.purpose, 'it does not change while it closes').toBe('For safety')
  await typing(() => (open.value = true))
  expect(form.draft.purpose).toBe('The court')
  expect(form).toMatchObject({ version: 3, clashes: [], blocked: false })
})

test('what is typed before the thing is known, or for one that is still to be made, stays and is no clash', async () => {
  const late = await aForm({ id: 'REL-1', fields: plans({ purpose: '', targets: {} }) })
  await typing(() => (late.form.draft.title = 'Winter'))
  await late.becomes({}, 7)
  expect(late.form.draft).toEqual(plans({ title: 'Winter' }))
  expect(late.form).toMatchObject({ version: 7, blocked: false })

  const made = await aForm({ fields: plans({ title: '', purpose: '' }) })
  await typing(() => (made.form.draft.title = 'Winter'))
  made.there.value = { fields: plans({ title: 'Proposed', purpose: 'Usual' }) }
  await nextTick()
  expect(made.form.draft).toMatchObject({ title: 'Winter', purpose: 'Usual' })
  expect(made.form.blocked).toBe(false)
})

test('a thing that disappears leaves what is typed where it is, and says that it cannot be saved', async () => {
  const { form, there, page, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  there.value = { fields: plans({ title: '', purpose: '' }) }
  await nextTick()
  expect(form.draft.purpose).toBe('For safety')
  expect(form).toMatchObject({ id: 'REL-1', gone: true, blocked: true })
  expect(page.get('[role=alert]').text()).toContain('It is not there any more.')
  await becomes({}, 2)
  expect(form).toMatchObject({ gone: false, blocked: false })
})

test('another thing in its place begins anew', async () => {
  const { form, there } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  there.value = { id: 'REL-2', version: 9, fields: plans({ purpose: 'Another' }) }
  await nextTick()
  expect(form).toMatchObject({ id: 'REL-2', version: 9, blocked: false })
  expect(form.draft.purpose).toBe('Another')
})

test("one's own save is no change of somebody else, also where the server trims what was typed", async () => {
  const { form, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety '))
  const done = await form.save(async () => {
    await becomes({ purpose: 'For safety' })
    expect(form.blocked, 'while it is under way').toBe(false)
    return 'done'
  })
  expect(done).toBe('done')
  expect(form.draft.purpose).toBe('For safety')
  expect(form).toMatchObject({ version: 2, blocked: false })
})

test('after a save nothing goes back to what was there before while the answer is on its way', async () => {
  const { form, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  await form.save(() => Promise.resolve('done'))
  expect(form.draft.purpose).toBe('For safety')
  await becomes({ purpose: 'For safety' })
  expect(form).toMatchObject({ version: 2, blocked: false })
})

test('a save that is refused because somebody was quicker shows the clash', async () => {
  const { form, becomes } = await aForm()
  await typing(() => (form.draft.purpose = 'For safety'))
  const done = await form.save(async () => {
    await becomes({ purpose: 'The law' })
    return null
  })
  expect(done).toBe(null)
  expect(form.draft.purpose).toBe('For safety')
  expect(form).toMatchObject({ version: 1, blocked: true })
})
