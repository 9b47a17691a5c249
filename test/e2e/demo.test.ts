import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apiClient } from '../../server/demo/client.ts'
import { tokenOf } from '../../server/demo/people.ts'
import { apart, canRunApart, NOBODY } from '../support/apart.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const launch = join(import.meta.dirname, '../../server/launch.mjs')

interface Demo {
  child: ChildProcess
  /** All that it said until now. */
  said(): string
  ended: Promise<{ code: number | null; said: string }>
}

function start([command, args]: [string, string[]], env: NodeJS.ProcessEnv): Demo {
  const child = spawn(command, args, { env: { ...env, PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (part) => (said += String(part)))
  child.stderr.on('data', (part) => (said += String(part)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }))
  return { child, said: () => said, ended }
}

/** `npm run demo -- …` in this data folder. */
function demo(folder: string, ...args: string[]): Demo {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return start([process.execPath, [launch, 'demo', ...args]], { ...Object.fromEntries(own), WAYBILL_DATA: folder })
}

test('the demo ends with 0 when both deployments are confirmed, and with 1 and what is wrong when a host lies', async () => {
  const folder = await temporaryFolder()
  const first = await demo(folder, '--once').ended
  expect(first.said).toMatch(/^Waybill is ready at http/m)
  expect(first.said).toMatch(/^Watch it in the browser: http\S+token=/m)
  expect(first.said).toContain('Both deployments are CONFIRMED.')
  expect(first.code).toBe(0)

  const hosts = join(folder, 'sample', 'hosts')
  const [name] = (await readdir(hosts)).sort()
  await writeFile(join(hosts, name!, 'faults.json'), JSON.stringify({ step: 'health', fault: 'lie', version: '9.9.9' }))
  const second = await demo(folder, '--once').ended
  expect(second.said).toMatch(/DPL-\d+ ended SUCCEEDED, CONTRADICTED/)
  expect(second.said).toContain('DPL-')
  expect(second.code).toBe(1)
}, 300_000)

const enter = async (link: string) => {
  const person = apiClient(new URL(link).origin, 'whoever has the link')
  await person.mutate(
    'mutation($input: SignInWithLinkInput!) { signInWithLink(input: $input) { userErrors { code message } position } }',
    { token: tokenOf(link) },
  )
  return person
}

test('without --once the demo says each step and how far it is, and stays open behind a second link', async () => {
  const folder = await temporaryFolder()
  const { child, said, ended } = demo(folder)
  const link = async (words: string) => {
    const line = new RegExp(`^${words}: (http\\S+token=\\S+)$`, 'm')
    await expect.poll(said, { timeout: 120_000 }).toMatch(line)
    return line.exec(said())![1]!
  }
  await enter(await link('Watch it in the browser'))
  const again = await link('Sign in again')
  for (let step = 1; step <= 11; step++) expect(said()).toMatch(new RegExp(`^ ?${step}  [A-Z]`, 'm'))
  expect(said().match(/^ {4}DPL-\d+ +█+ 100 %/gm)).toHaveLength(2)

  // It stays: nothing ends it but a person.
  await sleep(2_000)
  expect(child.exitCode).toBeNull()
  const person = await enter(again)
  const { deployments } = await person.query<{ deployments: { nodes: { confirmation: string }[] } }>(
    '{ deployments(first: 5) { nodes { confirmation } } }',
  )
  expect(deployments.nodes.map(({ confirmation }) => confirmation)).toEqual(['CONFIRMED', 'CONFIRMED'])
  child.kill('SIGINT')
  expect((await ended).code).toBe(0)
}, 300_000)

describe.runIf(canRunApart())('on a machine without a network', () => {
  /** The demo, to its end, of the user with this number, whose own folder is all that the user may write. */
  async function demoOf(uid: number) {
    const folder = await temporaryFolder()
    const [home, sources] = [join(folder, 'home'), join(folder, 'waybill')]
    for (const path of [home, sources]) await mkdir(path)
    for (const path of [folder, home, sources]) await chown(path, uid, uid)
    const { ended } = start(apart(uid, sources, 'demo', '--once'), { PATH: process.env.PATH, HOME: home })
    return { home, ...(await ended) }
  }

  test('the demo of a user without rights confirms both deployments', async () => {
    const { code, said, home } = await demoOf(NOBODY)
    expect(said).toContain('Both deployments are CONFIRMED.')
    expect(code).toBe(0)
    expect((await stat(join(home, '.waybill-demo', 'database'))).uid).toBe(NOBODY)
  }, 300_000)

  test('a user whom the machine does not know hears why there is no database, and what to do', async () => {
    const { code, said } = await demoOf(64_123)
    expect(said).toMatch(
      /^Waybill cannot start: .*user does not exist\. Run Waybill as a user that \/etc\/passwd knows/,
    )
    expect(said.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(2)
  })
})
