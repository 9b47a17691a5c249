/** Discovery as a client of the API: files that are handed in, and runs until their end. */
import { expect } from 'vitest'
import type { Person, TestApp } from './app.ts'
import { until } from './until.ts'

export interface Run {
  id: string
  state: string
  failure: string | null
  seen: number
  created: number
  changed: number
  unchanged: number
  missing: number
  relationships: number
  warnings: number
  errors: number
}
export const RUN = 'id state failure seen created changed unchanged missing relationships warnings errors'

/** Answers the id of the upload. */
export async function handIn(
  { admin, url }: Pick<TestApp, 'admin' | 'url'>,
  productId: string,
  name: string,
  text: string,
): Promise<string> {
  const { secret } = await admin.does<{ secret: string }>('apiTokenCreate', { name: 'uploads' }, 'secret')
  const answer = await fetch(new URL(`/discovery/uploads?productId=${productId}&name=${name}`, url), {
    method: 'POST',
    body: text,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/octet-stream' },
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { id: string }).id
}

/** The run, once it is over. */
export async function ended<T extends Run>(person: Person, id: string, selection = RUN): Promise<T> {
  const run = async () =>
    (await person.query<{ discoveryRun: T }>(`query($id: ID!) { discoveryRun(id: $id) { ${selection} } }`, { id }))
      .discoveryRun
  return until(run, ({ state }) => !['QUEUED', 'RUNNING'].includes(state), 60_000)
}

/** Starts a run and waits for its end. */
export async function discovered<T extends Run>(
  person: Person,
  input: { productId: string; uploadId?: string; dryRun?: boolean },
  selection = RUN,
): Promise<T> {
  const { run } = await person.does<{ run: { id: string } }>('discoveryStart', input, 'run { id }')
  return ended<T>(person, run.id, selection)
}
