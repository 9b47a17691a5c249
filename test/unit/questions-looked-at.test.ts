import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { questions } from '../support/questions.ts'

const source = join(import.meta.dirname, '../../dashboard/src')
/** The dialogs of the design system themselves, of which the others are made. */
const MADE_OF = ['components/Dialog.vue', 'components/ConfirmDialog.vue']
const QUESTION = /<(?:Dialog|ConfirmDialog|(?:Alert)?DialogRoot|PopoverRoot|DrawerRoot|dialog)\b/g

const asked = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.vue') && !MADE_OF.includes(name))
  .flatMap((name) => (readFileSync(join(source, name), 'utf8').match(QUESTION) ?? []).map(() => name))

test('every dialog of the dashboard is among those that dialogs.test.ts opens', () => {
  expect(asked.length).toBeGreaterThan(50)
  const count = (list: string[]) => Map.groupBy(list, (name) => name)
  const opened = count(questions.map((each) => each.in))
  const missing = [...count(asked)].filter(([name, uses]) => (opened.get(name)?.length ?? 0) < uses.length)
  expect(missing.map(([name]) => name)).toEqual([])
})

test('none is listed that is no more', () => {
  expect(questions.map((each) => each.in).filter((name) => !asked.includes(name))).toEqual([])
})
