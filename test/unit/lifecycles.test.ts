// Every state of every lifecycle can be come to, by an action that something in the server takes.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import 'reflect-metadata'
import type { Lifecycle } from '../../server/kernel/lifecycle.ts'

const server = join(import.meta.dirname, '../../server')
const files = globSync('**/*.ts', { cwd: server }).sort()
const textOf = (file: string) => readFileSync(join(server, file), 'utf8')
const isLifecycle = (value: unknown): value is Lifecycle =>
  typeof value === 'object' && value !== null && 'table' in value && 'initial' in value

interface Known {
  lifecycle: Lifecycle
  /** Whatever imports the table: only that can take its actions. */
  users: string
  /** What stands in the same folder, tables left out: only that writes its states in SQL. */
  folder: string
}

const known: Known[] = []
for (const file of files.filter((name) => name.endsWith('.lifecycle.ts'))) {
  const module = (await import(join(server, file))) as Record<string, unknown>
  const others = files.filter((name) => !name.endsWith('.lifecycle.ts'))
  const users = others.map(textOf).filter((text) => text.includes(`/${basename(file)}'`))
  const folder = others.filter((name) => name.startsWith(`${dirname(file)}/`)).map(textOf)
  for (const lifecycle of Object.values(module).filter(isLifecycle)) {
    known.push({ lifecycle, users: users.join('\n'), folder: folder.join('\n') })
  }
}

const edges = ({ table }: Lifecycle) =>
  Object.entries(table).flatMap(([from, row]) =>
    Object.entries(row as Record<string, string>).map(([action, to]) => ({ from, action, to })),
  )

/** People name the actions of these themselves: the input of the mutation is the action. */
const NAMED_BY_PEOPLE = ['configuration item', 'reconciliation result', 'unplanned change']

test('there are lifecycles, each of another noun', () => {
  expect(known.length).toBeGreaterThan(10)
  expect(new Set(known.map(({ lifecycle }) => lifecycle.noun)).size).toBe(known.length)
})

describe.each(known.map((one) => [one.lifecycle.noun, one] as const))('%s', (noun, { lifecycle, users, folder }) => {
  test('every state can be come to from the first one', () => {
    const reached = new Set<string>([lifecycle.initial])
    for (const state of reached) for (const { from, to } of edges(lifecycle)) if (from === state) reached.add(to)
    expect(lifecycle.states.filter((state) => !reached.has(state))).toEqual([])
  })

  test('something in the server takes the way into every state, so that none is only on paper', () => {
    if (NAMED_BY_PEOPLE.includes(noun)) return
    const written = (state: string) => new RegExp(`(set state = |then |else )'${state}'`).test(folder)
    const taken = (state: string) =>
      edges(lifecycle).some(({ action, to }) => to === state && users.includes(`'${action}'`))
    const others = lifecycle.states.filter((state) => state !== lifecycle.initial)
    expect(others.filter((state) => !taken(state) && !written(state))).toEqual([])
  })
})
