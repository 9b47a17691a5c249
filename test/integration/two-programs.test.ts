/** Several programs may serve one outside database, and a service manager starts them at the same moment. */
import { expect, onTestFinished, test } from 'vitest'
import { migrations } from '../../server/migrations/list.ts'
import { aCast } from '../support/cast.ts'
import { aDatabase } from '../support/database.ts'
import { startWaybill } from '../support/waybill.ts'

const database = aDatabase({ migrated: false })

test('two programs that start at once on one empty database come up both, and every migration ran once', async () => {
  const env = { DATABASE_URL: database.url, WAYBILL_DATABASE_POOL: '5' }
  const starting = [startWaybill({ env }), startWaybill({ env })] as const
  onTestFinished(async () => {
    for (const each of await Promise.allSettled(starting)) if (each.status === 'fulfilled') await each.value.stop()
  })
  const programs = await Promise.all(starting)

  const ran = await database.rows<{ name: string }>('select name from waybill_migration order by id')
  expect(ran.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name))
  for (const { url } of programs) expect((await fetch(`${url}/health/ready`)).status).toBe(200)

  // One installation: who is let in by the one is known to the other.
  // The link of the one that came up last is the one that works: each start makes a fresh one.
  const [one, other] = programs
  const cast = await aCast(one.url, one.setUpUrl!).catch(() => aCast(other.url, other.setUpUrl!))
  for (const { url } of programs) {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-waybill-csrf': '1' },
      body: JSON.stringify({ query: '{ installation { setUp } }' }),
    })
    expect(await answer.json()).toEqual({ data: { installation: { setUp: true } } })
  }
  for (const person of Object.values(cast)) person.close()
}, 120_000)
