import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { apiClient } from '../../server/demo/client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const launch = join(import.meta.dirname, '../../server/launch.mjs')
const PASSWORD = 'correct horse battery staple'
const WHO = '{ viewer { account { login name } } }'

function environment(folder: string) {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(own), WAYBILL_DATA: folder, PORT: '0' }
}

async function start(folder: string): Promise<{ url: string; lines: string[]; child: ChildProcess }> {
  const child = spawn(process.execPath, [launch, 'main'], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const said = createInterface(child.stdout)
  said.on('line', (line) => lines.push(line))
  await Promise.race([once(said, 'line'), once(child, 'exit')])
  await new Promise((done) => setTimeout(done, 100))
  return { url: lines[0]!.replace(/^Waybill is ready at /, ''), lines, child }
}

async function stop(child: ChildProcess) {
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
}

const program = (folder: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [launch, ...args], { env: environment(folder) })

test('an installation exported while in use goes on elsewhere, where the same person signs in', async () => {
  const [old, fresh, shelf] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
  const file = join(shelf, 'waybill.tar')

  const first = await start(old)
  const ada = apiClient(first.url, 'Ada')
  await ada.mutate(
    'mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { userErrors { code message } position } }',
    {
      token: new URL(first.lines.join('\n').match(/http\S+token=\S+/)![0]).searchParams.get('token'),
      login: 'ada',
      name: 'Ada Admin',
      password: PASSWORD,
    },
  )
  expect((await program(old, 'export', '--to', file)).stdout).toMatch(/^Exported \d+ rows of \d+ tables/)
  ada.close()
  await stop(first.child)

  expect((await program(fresh, 'import', '--from', file)).stdout).toContain('every table equals what was exported\n')
  const again = program(fresh, 'import', '--from', file)
  await expect(again).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('This installation is not empty') as string,
  })

  const second = await start(fresh)
  expect(second.lines.join('\n')).not.toContain('token=')
  const same = apiClient(second.url, 'Ada')
  await same.mutate(
    'mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code message } position } }',
    {
      login: 'ada',
      password: PASSWORD,
    },
  )
  expect(await same.query(WHO)).toEqual({ viewer: { account: { login: 'ada', name: 'Ada Admin' } } })
  same.close()
  await stop(second.child)
})
