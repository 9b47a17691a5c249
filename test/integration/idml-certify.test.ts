import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LAB_BOOK, labBook, labBookPath } from '../support/idml/books.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'idml-certify-'))))
afterAll(() => rm(folder, { recursive: true }))

/** The program itself, from its sources. */
function certify(...files: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/idml-certify.ts', ...files], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, INIT_CWD: folder },
  })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (out += chunk))
  return new Promise((done) => child.on('close', (code) => done({ code, out })))
}

test('the command certifies books, says what is wrong where, and tells by its exit code', async () => {
  await writeFile(join(folder, 'bad.xml'), (await labBook()).replace(/<cdm:Signature>[^<]*<\/cdm:Signature>/, ''))
  const good = await certify(labBookPath)
  expect(good.out).toMatch(new RegExp(`${LAB_BOOK}: passes · 20 elements, 20 relations`))
  expect(good.code).toBe(0)

  const bad = await certify(labBookPath, 'bad.xml')
  expect(bad.out).toMatch(/bad\.xml: fails/)
  expect(bad.out).toMatch(
    /04 FAILED {5}Every element satisfies a naming rule\n +error: line 11, cdm:sys\.ComputerSystem, naming-rule: /,
  )
  expect(bad.code).toBe(1)

  const none = await certify('nothing.xml')
  expect(none.out).toBe('Waybill cannot start: there is no file nothing.xml.\n')
  expect(none.code).toBe(2)
}, 120_000) // three programs, on a machine that may be busy
