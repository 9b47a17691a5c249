import { describe, expect, test } from 'vitest'
import { CannotStart } from '../../server/kernel/cannot-start.ts'
import { wrongIn } from '../../server/query/ask.ts'
import { readQuestion } from '../../server/query/question.ts'

const ITEM = 'query Item($id: ID!, $at: Moment, $first: Int = 5, $states: [ItemState!]) { x }'
const ask = (args: string[], { file = 'query InFile { x }', input = null as string | null } = {}) =>
  readQuestion(args, { file: async () => file, input: async () => input })

describe('the question of a command line', () => {
  test('is the argument, a file or what is piped in', async () => {
    expect(await ask(['{ x }'])).toEqual({
      document: '{ x }',
      operationName: null,
      variables: {},
      isSubscription: false,
      takesPlace: false,
    })
    expect((await ask(['--file', 'a.graphql'])).document).toBe('query InFile { x }')
    expect((await ask([], { input: '{ piped }\n' })).document).toBe('{ piped }\n')
  })

  test('takes variables as an object and one by one, and the latter win', async () => {
    const { variables } = await ask([ITEM, '--variables', '{"id":"ci_1","first":2}', '--var', 'first=3'])
    expect(variables).toEqual({ id: 'ci_1', first: 3 })
  })

  test.each([
    ['id=17', { id: '17' }],
    ['id=null', { id: 'null' }],
    ['id=a=b', { id: 'a=b' }],
    ['id=', { id: '' }],
    ['first=-5', { first: -5 }],
    ['first=null', { first: null }],
    ['at=2026-11-26T19:00:00Z', { at: '2026-11-26T19:00:00Z' }],
    ['states=["PRODUCTION"]', { states: ['PRODUCTION'] }],
  ])('reads --var %s by the type that the document declares', async (pair, variables) => {
    expect((await ask([ITEM, '--var', pair])).variables).toEqual(variables)
  })

  test('knows a subscription, and whether it can go on from a place', async () => {
    expect(await ask(['subscription { x }'])).toMatchObject({ isSubscription: true, takesPlace: false })
    expect(await ask(['subscription($after: Position) { x }'])).toMatchObject({ takesPlace: true })
  })

  test('is one of several operations by its name', async () => {
    const two = 'query A { a } subscription B { b }'
    expect(await ask([two, '--operation', 'B'])).toMatchObject({ operationName: 'B', isSubscription: true })
    await expect(ask([two])).rejects.toThrow('2 operations: A, B. Choose one with --operation NAME.')
    await expect(ask([two, '--operation', 'C'])).rejects.toThrow('no operation C. It holds: A, B.')
  })

  test.each([
    [[], 'say what to ask: npm run query -- '],
    [[' '], 'say what to ask: npm run query -- '],
    [['{ x', '}'], 'there are 2 documents. Put the whole of one into single quotes'],
    [['{ x }', '--file', 'a.graphql'], 'the document is given and --file a.graphql too. Leave one of them out.'],
    [['{ x'], 'the document is no GraphQL at line 1, column 4: Syntax Error: Expected Name, found <EOF>.'],
    [['fragment F on Release { id }'], 'the document holds no operation. Add a query, mutation or subscription.'],
    [['{ x }', '--token', 'secret'], "Unknown option '--token'"],
    [['{ x }', '--variables'], "Option '--variables <value>' argument missing"],
    [['{ x }', '--variables', '[1]'], '--variables is no JSON object.'],
    [['{ x }', '--variables', '{id: 1}'], '--variables is no JSON object.'],
    [['{ x }', '--variables', '{"id":"1"}'], 'the operation declares no variable $id. It declares none.'],
    [[ITEM, '--var', 'di=1'], 'declares no variable $di. It declares $id, $at, $first, $states.'],
    [[ITEM, '--var', 'id'], '--var id has no value. Write --var name=value.'],
    [[ITEM, '--var', 'first=five'], '--var first=five is no JSON, and the operation wants $first: Int.'],
    [[ITEM, '--var', 'states=PRODUCTION'], 'is no JSON, and the operation wants $states: [ItemState!].'],
  ])('%j is refused in one line that says what to do', async (args, line) => {
    const refused = ask(args)
    await expect(refused).rejects.toThrow(CannotStart)
    await expect(refused).rejects.toThrow(line)
    await expect(refused).rejects.not.toThrow(/\n/)
  })
})

describe('what is wrong with an answer', () => {
  const signedIn = { token: 'w' }

  test('is nothing where neither errors nor refusals came', () => {
    expect(wrongIn({ data: { a: null, b: { userErrors: [] } } }, signedIn)).toBeNull()
  })

  test('is the first error or refusal in one line, and how many more there are', () => {
    const error = { message: 'No such\n\u001B[31mthing.', extensions: { code: 'NOT_FOUND' } }
    expect(wrongIn({ data: null, errors: [error, error] }, signedIn)).toBe(
      'Waybill answered with an error: No such [31mthing. (NOT_FOUND) The answer holds 1 more.',
    )
    const userErrors = [{ code: 'CONFLICT', message: 'It is taken.' }]
    expect(wrongIn({ data: { a: { userErrors } } }, signedIn)).toBe('Waybill refused it: It is taken. (CONFLICT)')
  })

  test('says how to get a token where the sign-in is missing, and where it is no good', () => {
    const answer = { errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] }
    expect(wrongIn(answer, { token: null })).toContain('WAYBILL_TOKEN is not set: put an API token into it')
    expect(wrongIn(answer, signedIn)).toContain('The token in WAYBILL_TOKEN is no good')
  })
})
