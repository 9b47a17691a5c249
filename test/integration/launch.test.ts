import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const launch = join(import.meta.dirname, '../../server/launch.mjs')

test('a Node that is too old is told so in one line, and what to do instead', async () => {
  const pretend = 'Object.defineProperty(process.versions, "node", { value: "20.11.1" })'
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, launch, 'main']
  const failed = promisify(execFile)(process.execPath, args)
  await expect(failed).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^Waybill cannot start: it needs Node 22\.17 or later.*npm.*\n$/) as string,
  })
})
