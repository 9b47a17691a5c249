/** `npm run query` as a program of its own, against the whole server. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { anApp } from '../support/app.ts'
import { openLine } from '../support/line.ts'

const app = anApp()
let folder: string
let token: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-query-'))
  token = (await app.admin.does<{ secret: string }>('apiTokenCreate', { name: 'query' }, 'secret')).secret
})
afterAll(() => rm(folder, { recursive: true }))

function start(args: string[], env: Record<string, string> = {}, input?: string): ChildProcess {
  const child = spawn(process.execPath, ['server/launch.mjs', 'query', ...args], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env.PATH, INIT_CWD: folder, WAYBILL_URL: app.url, WAYBILL_TOKEN: token, ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin!.end(input ?? '')
  return child
}

async function query(...of: Parameters<typeof start>) {
  const child = start(...of)
  const [[code], out, said] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout!),
    text(child.stderr!),
  ])
  return { code, answer: out ? (JSON.parse(out) as unknown) : null, said }
}

const ME = '{ viewer { account { login } } }'
const RELEASE =
  'mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { title } userErrors { code message } } }'

test('it prints the answer to a document from an argument, from a file and from a pipe', async () => {
  const asAdmin = { code: 0, answer: { data: { viewer: { account: { login: 'ada' } } } }, said: '' }
  expect(await query([ME])).toEqual(asAdmin)
  await writeFile(join(folder, 'me.graphql'), `# Who am I?\n${ME}\n`)
  expect(await query(['--file', 'me.graphql'])).toEqual(asAdmin)
  expect(await query([], {}, ME)).toEqual(asAdmin)
  expect(
    await query([
      'query Nothing { viewer { account { name } } } query Me { ...Who } fragment Who on Query { __typename }',
      '--operation',
      'Me',
    ]),
  ).toMatchObject({ code: 0, answer: { data: { __typename: 'Query' } } })
}, 120_000)

test('it fills in variables, and mutations do what they say', async () => {
  const title = `It's "quoted" & $HOME`
  const input = { title, purpose: 'To be asked for', backOutPlan: 'b', verificationPlan: 'v' }
  expect(await query([RELEASE, '--variables', JSON.stringify({ input })])).toMatchObject({
    code: 0,
    answer: { data: { releaseCreate: { release: { title } } } },
  })
  const list =
    'query($text: String, $first: Int) { releases(first: $first, filter: {search: $text}) { nodes { title } } }'
  expect(await query([list, '--var', 'first=1', '--var', `text=It's`])).toMatchObject({
    code: 0,
    answer: { data: { releases: { nodes: [{ title }] } } },
  })
}, 120_000)

test('it ends with 1 where the answer holds errors or a refusal, prints all of it, and says the first in one line', async () => {
  const wrong = await query(['{ viewer { shoeSize } }'])
  expect(wrong).toMatchObject({ code: 1, answer: { errors: [{}] } })
  expect(wrong.said).toMatch(/^Waybill answered with an error: Cannot query field "shoeSize".*\n$/)

  const refused = await query([RELEASE, '--variables', '{"input":{"title":" ","purpose":""}}'])
  expect(refused).toMatchObject({ code: 1, answer: { data: { releaseCreate: { userErrors: [{}] } } } })
  expect(refused.said).toMatch(/^Waybill refused it: .+\n$/)

  const nobody = await query(['{ releases(first: 1) { totalCount } }'], { WAYBILL_TOKEN: '' })
  expect(nobody.code).toBe(1)
  expect(nobody.said).toMatch(/Sign in first.*WAYBILL_TOKEN is not set: put an API token into it.*\n$/)

  const stranger = await query([ME], { WAYBILL_TOKEN: 'wb_nobody' })
  expect(stranger.code).toBe(1)
  expect(stranger.said).toMatch(/The token in WAYBILL_TOKEN is no good.*\n$/)
}, 120_000)

test('it ends with 2 and one line where it was used wrongly or nobody is there', async () => {
  const nothing = await query([])
  expect(nothing).toMatchObject({ code: 2, answer: null })
  expect(nothing.said).toMatch(/^Waybill cannot start: say what to ask: npm run query -- .+\n$/)
  expect(await query(['--file', 'none.graphql'])).toMatchObject({
    code: 2,
    said: 'Waybill cannot start: the file none.graphql cannot be read (ENOENT).\n',
  })
  expect((await query([ME], { WAYBILL_URL: 'waybill' })).said).toBe(
    'Waybill cannot start: WAYBILL_URL is wrong: it is not an address that begins with http:// or https://.\n',
  )

  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
  closed.close()
  const away = `Waybill did not answer: nobody is reached at ${url} (ECONNREFUSED). Start Waybill there, or set WAYBILL_URL to where it runs.\n`
  expect(await query([ME], { WAYBILL_URL: url })).toEqual({ code: 2, answer: null, said: away })
  expect(await query(['subscription { x }'], { WAYBILL_URL: url })).toEqual({ code: 2, answer: null, said: away })
}, 120_000)

const CHANGES = 'subscription($after: Position) { releaseChanged(after: $after) { position release { title } } }'

test('a subscription is a line for each event, goes on without a gap after a broken line, and ends with Ctrl-C', async () => {
  const line = await openLine(app.url)
  onTestFinished(() => line.close())
  const child = start([CHANGES], { WAYBILL_URL: line.url })
  const events = createInterface(child.stdout!)[Symbol.asyncIterator]()
  const next = async () =>
    (JSON.parse((await events.next()).value as string) as { data: { releaseChanged: { release: { title: string } } } })
      .data.releaseChanged.release?.title
  const plan = (title: string) => app.admin.does('releaseCreate', { title, purpose: 'p' })
  await next()
  await plan('First')
  expect(await next()).toBe('First')
  line.cut()
  await plan('While it was cut')
  line.mend()
  expect(await next()).toBe('While it was cut')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
}, 120_000)

test('a subscription that is refused says so and ends with 1, and without a token it is let in by nobody', async () => {
  const wrong = await query(['subscription { shoeSizeChanged }'])
  expect(wrong.code).toBe(1)
  expect(wrong.said).toMatch(/^Waybill answered with an error: Cannot query field "shoeSizeChanged".*\n$/)
  const nobody = await query([CHANGES], { WAYBILL_TOKEN: '' })
  expect(nobody.code).toBe(2)
  expect(nobody.said).toMatch(/^Waybill did not answer: it lets nobody in.*WAYBILL_TOKEN is not set.*\n$/)
}, 120_000)
