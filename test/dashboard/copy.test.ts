import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import CopyButton from '../../dashboard/src/components/CopyButton.vue'
import { useToasts } from '../../dashboard/src/composables/useToasts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A button that copies "the text", where the browser answers to the clipboard and to what is selected as given. */
function aButton(writeText: ((text: string) => Promise<void>) | undefined, execCommand: () => boolean) {
  vi.stubGlobal('navigator', { clipboard: writeText && { writeText } })
  document.execCommand = execCommand
  const pinia = createPinia()
  setActivePinia(pinia)
  const wrapper = mount(
    { components: { CopyButton }, template: '<CopyButton text="the text" label="Copy it" />' },
    {
      attachTo: document.body,
      global: { plugins: [pinia], stubs: { Tooltip: { template: '<slot />' } } },
    },
  )
  const button = wrapper.get('button')
  const said = () => [button.attributes('aria-label'), wrapper.get('[role=status]').text()]
  return { wrapper, button, said, toasts: useToasts() }
}
const settled = () => vi.advanceTimersByTimeAsync(0)

test('a copy is called done once it is in the clipboard, to eyes and ears, and for a moment only', async () => {
  let arrive = () => {}
  const written: string[] = []
  const { wrapper, button, said } = aButton(
    (text) => {
      written.push(text)
      return new Promise((done) => (arrive = done))
    },
    () => false,
  )
  await button.trigger('click')
  await settled()
  expect([written, said()]).toEqual([['the text'], ['Copy it', '']])
  arrive()
  await settled()
  expect(said()).toEqual(['Copied', 'Copied'])
  await vi.advanceTimersByTimeAsync(1_499)
  expect(said()).toEqual(['Copied', 'Copied'])
  await vi.advanceTimersByTimeAsync(1)
  expect(said()).toEqual(['Copy it', ''])
  wrapper.unmount()
})

test('over plain http the text goes by way of a selection, and the focus stays where it was', async () => {
  let selected = ''
  const { wrapper, button, said } = aButton(undefined, () => {
    const field = document.querySelector('textarea')!
    selected = field.value.slice(field.selectionStart, field.selectionEnd)
    return true
  })
  button.element.focus()
  await button.trigger('click')
  await settled()
  expect([selected, said()]).toEqual(['the text', ['Copied', 'Copied']])
  expect(document.activeElement).toBe(button.element)
  expect(document.querySelector('textarea')).toBeNull()
  wrapper.unmount()
})

test('what could not be copied is said, with what to do', async () => {
  const { wrapper, button, said, toasts } = aButton(
    () => Promise.reject(new Error('NotAllowedError')),
    () => false,
  )
  await button.trigger('click')
  await settled()
  await nextTick()
  expect(said()).toEqual(['Copy it', ''])
  expect(toasts.list).toMatchObject([{ tone: 'failed', title: 'Nothing was copied.' }])
  expect(toasts.list[0]!.text).toContain('Allow it')
  wrapper.unmount()
})
