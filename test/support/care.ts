/** Who looks after a deployment, as people ask for it. */
import type { Person } from './app.ts'

interface Named {
  id: string
  name: string
}

export interface Care {
  hold: {
    state: string
    holder: Named | null
    successor: Named | null
    note: string | null
    since: string | null
    version: number
  }
  shiftNote: { text: string; by: Named; at: string } | null
  needsAttention: boolean
  acknowledgement: { comment: string | null; by: Named; at: string } | null
  allowedActions: string[]
  successors: Named[]
}

const CARE = `care { hold { state holder { id name } successor { id name } note since version } shiftNote { text by { id name } at }
  needsAttention acknowledgement { comment by { id name } at } allowedActions successors { id name } }`

export async function careOf(person: Person, id: string): Promise<Care> {
  const { deployment } = await person.query<{ deployment: { care: Care } }>(
    `query($id: ID!) { deployment(id: $id) { ${CARE} } }`,
    { id },
  )
  return deployment.care
}

interface Entry {
  action: string
  by: string | null
  reason: string | null
  changes: Record<string, unknown> | null
}

/** The newest five entries of its history. */
export async function historyOf(person: Person, id: string): Promise<Entry[]> {
  const { deployment } = await person.query<{ deployment: { history: { nodes: Entry[] } } }>(
    'query($id: ID!) { deployment(id: $id) { history(first: 5) { nodes { action by reason changes } } } }',
    { id },
  )
  return deployment.history.nodes
}
