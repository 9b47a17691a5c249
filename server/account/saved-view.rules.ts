import { BadInput } from '../kernel/errors.ts'

const LONGEST_NAME = 100
const LONGEST_PATH = 2_000
/** What breaks a line or cannot be seen; no name and no address of a page has it. */
const UNSEEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/** The name as it is kept: trimmed. */
export function checkedViewName(value: string): string {
  const name = value.trim()
  if (name.length >= 1 && name.length <= LONGEST_NAME && !UNSEEN.test(name)) return name
  throw new BadInput(`The name of a view has 1 to ${LONGEST_NAME} characters on one line.`, {
    field: ['name'],
    rule: 'length',
  })
}

/**
 * Refuses what a browser could take for an address elsewhere: everybody who chooses a shared view goes where it leads.
 * A browser reads "\" as "/".
 */
export function checkedPath(path: string): string {
  if (path.length > LONGEST_PATH) {
    throw new BadInput(`The path of a view has at most ${LONGEST_PATH} characters; this has ${path.length}.`, {
      field: ['path'],
      rule: 'length',
      evidence: { length: path.length },
    })
  }
  const [page = ''] = path.split('?')
  if (page.startsWith('/') && !page.includes('//') && !/[\\#]/.test(path) && !UNSEEN.test(path)) return path
  throw new BadInput(
    `A view leads to a page of this dashboard: its path begins with one "/", such as /items?class=Host, and "${path.slice(0, 80)}" is none.`,
    { field: ['path'], rule: 'path of the dashboard' },
  )
}
