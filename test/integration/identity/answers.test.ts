// What people answer when a source says another class, and which questions a run raised.
import { expect, test } from 'vitest'
import { machine, sourcesOfTests, whole, type Run } from '../../support/sources.ts'

const estate = sourcesOfTests()

interface Question {
  id: string
  kind: string
  state: string
  wantedClass: string | null
  version: number
  allowedActions: string[]
  item: { name: string; className: string }
}
const questions = async (filter: { runId?: string; states?: string[] }) => {
  const text = `query($runId: ID, $states: [IdentityQuestionState!]) { identityQuestions(first: 100, runId: $runId, states: $states) {
    nodes { id kind state wantedClass version allowedActions item { name className } } } }`
  return (await estate.query<{ identityQuestions: { nodes: Question[] } }>(text, filter)).identityQuestions.nodes
}
const answer = async (mutation: string, input: object) => {
  const text = `mutation($input: MoveInput!) { ${mutation}(input: $input) { question { state item { className } } userErrors { message rule } } }`
  type Answered = { question: object | null; userErrors: { message: string; rule: string }[] }
  return (await estate.query<Record<string, Answered>>(text, { input }))[mutation]!
}
const seenAs = (className: string, name: string) => ({
  kind: 'item' as const,
  ref: name,
  key: name,
  className,
  name,
  attributes: { serialNumber: `S-${name}` },
})

/** A thing that its source first calls a VirtualMachine, and then a NetworkDevice. */
async function anotherClass(name: string): Promise<{ run: Run; question: Question; again(): Promise<Run> }> {
  const product = await estate.source('csv')
  await estate.load(product, [seenAs('VirtualMachine', name), whole])
  const again = () => estate.load(product, [seenAs('NetworkDevice', name), whole])
  const run = await again()
  const [question] = await questions({ runId: run.id })
  return { run, question: question!, again }
}

test('a thing that its source calls by another class stays what it is until a person makes it that, and can be made back', async () => {
  const { run, question, again } = await anotherClass('ledger')
  expect(run).toMatchObject({ state: 'SUCCEEDED', questions: 1 })
  expect(question).toMatchObject({
    kind: 'RECLASSIFY',
    state: 'OPEN',
    wantedClass: 'NetworkDevice',
    allowedActions: ['reclassify', 'dismiss'],
    item: { name: 'ledger', className: 'VirtualMachine' },
  })
  const made = await answer('identityReclassify', { id: question.id, reason: 'it is one' })
  expect(made).toEqual({ question: { state: 'RECLASSIFIED', item: { className: 'NetworkDevice' } }, userErrors: [] })
  expect(await again()).toMatchObject({ questions: 0, created: 0 })
  const back = await answer('identityUndo', { id: question.id })
  expect(back).toEqual({ question: { state: 'OPEN', item: { className: 'VirtualMachine' } }, userErrors: [] })
})

test('a question that is dismissed changes nothing and is not put again; one about something else is refused', async () => {
  const { question, again } = await anotherClass('journal')
  const left = await answer('identityDismiss', { id: question.id, reason: 'the source is wrong' })
  expect(left).toEqual({ question: { state: 'DISMISSED', item: { className: 'VirtualMachine' } }, userErrors: [] })
  expect(await again()).toMatchObject({ questions: 0 })
  expect(await questions({ states: ['OPEN'] })).not.toContainEqual(expect.objectContaining({ id: question.id }))

  const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(one, [machine({ key: 'a', name: 'twice', machineId: 'm-twice' }), whole])
  const run = await estate.load(other, [machine({ key: 'b', name: 'twice', serialNumber: 'S-twice' }), whole])
  const [proposed] = await questions({ runId: run.id })
  expect(proposed).toMatchObject({ kind: 'PROPOSED', item: { name: 'twice' } })
  const refused = await answer('identityReclassify', { id: proposed!.id })
  expect(refused).toMatchObject({ question: null, userErrors: [{ rule: 'kind of question' }] })
})

test('the questions of a run are those that it raised, and no others', async () => {
  const [first, second] = [await anotherClass('book-1'), await anotherClass('book-2')]
  const names = async (runId: string) => (await questions({ runId })).map(({ item }) => item.name)
  expect(await names(first.run.id)).toEqual(['book-1'])
  expect(await names(second.run.id)).toEqual(['book-2'])
})
