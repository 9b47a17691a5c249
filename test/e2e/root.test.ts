import { execFile } from 'node:child_process'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { defaultDataFolder } from '../../server/kernel/data-folder.ts'
import { findPostgres } from '../../server/kernel/postgres.ts'
import { aCast } from '../support/cast.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWaybill } from '../support/waybill.ts'

/** As in a bare container: nothing says which language or encoding the machine speaks. */
const NO_LOCALE = { LANG: undefined, LANGUAGE: undefined, LC_ALL: undefined, LC_CTYPE: undefined }
const isRoot = process.getuid?.() === 0

async function inDatabaseOf<T>(folder: string, text: string): Promise<T[]> {
  const client = new Client({ connectionString: await findPostgres(folder) })
  await client.connect()
  return client
    .query(text)
    .then(({ rows }) => rows as T[])
    .finally(() => client.end())
}

/** Rights and owner, as in `700 0`. */
async function rightsOf(path: string): Promise<[mode: string, uid: number]> {
  const { mode, uid } = await stat(path)
  return [(mode & 0o777).toString(8), uid]
}

test('a server without any locale keeps every script, in UTF-8 and with one order everywhere', async () => {
  const waybill = await startWaybill({ env: NO_LOCALE })
  onTestFinished(() => waybill.stop())
  const cast = await aCast(waybill.url, waybill.setUpUrl!)
  const name = 'Zoë Straße 東京 🚚'
  await cast.admin.mutate(
    `mutation($input: ProductRegisterInput!) { productRegister(input: $input) { userErrors { code message } position } }`,
    { name, kind: 'by-hand' },
  )
  const { managementProducts } = await cast.admin.query<{ managementProducts: { nodes: { name: string }[] } }>(
    '{ managementProducts(first: 5) { nodes { name } } }',
  )
  expect(managementProducts.nodes).toEqual([{ name }])
  Object.values(cast).forEach((person) => person.close())

  const [database] = await inDatabaseOf<object>(
    waybill.folder,
    `select pg_encoding_to_char(encoding) as encoding, datcollate, datctype, datlocprovider, datlocale
       from pg_database where datname = current_database()`,
  )
  expect(database).toEqual({
    encoding: 'UTF8',
    datcollate: 'C',
    datctype: 'C',
    datlocprovider: 'b',
    datlocale: 'C.UTF-8',
  })
  expect(await inDatabaseOf(waybill.folder, `select upper('é') as large, current_setting('TimeZone') as zone`)).toEqual(
    [{ large: 'É', zone: 'UTC' }],
  )
})

test.runIf(isRoot)(
  'as root, PostgreSQL runs as somebody else, who sees its own part of the folder and nothing more',
  async () => {
    expect(defaultDataFolder({})).toBe('/var/lib/waybill')
    const waybill = await startWaybill({ env: NO_LOCALE })
    onTestFinished(() => waybill.stop())
    const [pid] = (await readFile(join(waybill.folder, 'database', 'postmaster.pid'), 'utf8')).split('\n')
    const { uid } = await stat(`/proc/${pid}`)
    expect(uid).not.toBe(0)
    expect(await rightsOf(waybill.folder)).toEqual(['710', 0])
    expect(await rightsOf(join(waybill.folder, 'database'))).toEqual(['700', uid])
    for (const file of ['database.password', 'waybill.lock']) {
      expect((await stat(join(waybill.folder, file))).uid, file).toBe(0)
    }
    expect(await rightsOf(join(waybill.folder, 'database.password'))).toEqual(['600', 0])

    const look = promisify(execFile)('ls', [waybill.folder], { uid })
    await expect(look).rejects.toMatchObject({ stderr: expect.stringContaining('Permission denied') as string })
  },
)

test.runIf(isRoot)('as root, a folder that no other user gets into is refused with the way out', async () => {
  const closed = join(await temporaryFolder(), 'home')
  await mkdir(closed, { mode: 0o700 })
  const start = startWaybill({ env: NO_LOCALE, folder: join(closed, 'data') })
  await expect(start).rejects.toThrow(
    /PostgreSQL cannot run as root, and no other user gets into \S+home\. Set WAYBILL_DATA to a folder elsewhere, such as \/var\/lib\/waybill\./,
  )
})
