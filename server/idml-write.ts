import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import packageFile from '../package.json' with { type: 'json' }
import { readConfig } from './config.ts'
import { writeBookTo } from './discovery/idml-export.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { runProgram } from './program.ts'
import { openForReading } from './transfer/installation.ts'

/** `npm run idml:write -- --to FOLDER [--product NAME]`: what discovery sees as an IdML refresh book, also while Waybill is in use. */
await runProgram(async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, product: { type: 'string' } }, strict: false })
  const [to, name] = [values.to, values.product]
  if (typeof to !== 'string' || !to) {
    throw new CannotStart('say where to: npm run idml:write -- --to FOLDER [--product NAME]')
  }
  // npm runs programs in the folder of package.json, people name files from where they are.
  const folder = resolve(process.env.INIT_CWD ?? '.', to)
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new CannotStart(`there is no folder ${folder}.`)
  const config = readConfig(process.env)
  const installation = await openForReading(config)
  try {
    const { databaseUrl } = installation
    const product = typeof name === 'string' ? await productNamed(databaseUrl, name) : null
    const book = { databaseUrl, product, hostname: hostname(), version: packageFile.version, at: new Date() }
    const url = config.publicUrl
    const notes: string[] = []
    const note = (sentence: string) => void notes.push(sentence)
    const path = await writeBookTo(folder, { ...book, note, ...(url ? { url } : {}) })
    process.stdout.write(`Wrote ${path}\n`)
    for (const one of notes) process.stderr.write(`${one}\n`)
    return 0
  } finally {
    await installation.close()
  }
})

async function productNamed(databaseUrl: string, name: string): Promise<{ uuid: string; name: string }> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ uuid: string; name: string }>(
      `select uuid, name from management_product where state = 'ACTIVE' order by name`,
    )
    const found = rows.find((one) => one.name === name)
    if (found) return found
    const known = rows.map((one) => `"${one.name}"`).join(', ')
    throw new CannotStart(`there is no management product "${name}"${known ? `; there are ${known}` : ''}.`)
  } finally {
    await client.end()
  }
}
