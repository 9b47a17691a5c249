/** Several programs may serve one outside database, and a service manager starts them at the same moment. */
import { expect, onTestFinished, test } from 'vitest'
import { migrations } from '../../server/migrations/list.ts'
import { aCast } from '../support/cast.ts'
import { aDatabase } from '../support/database.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

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
  // Each printed a link, and each opens it: only the password stands against it, and that is looked at after the link.
  const says = async ({ url, setUpUrl }: Waybill, password: string) => {
    const token = new URL(setUpUrl!).searchParams.get('token')
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-waybill-csrf': '1' },
      body: JSON.stringify({
        query: `mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { userErrors { code message } } }`,
        variables: { input: { token, login: 'eve', name: 'Eve', password } },
      }),
    })
    const { data } = (await answer.json()) as { data: { installationSetUp: { userErrors: { code: string }[] } } }
    return data.installationSetUp.userErrors.map(({ code }) => code)
  }
  for (const program of programs) expect(await says(program, 'short')).toEqual(['WEAK_PASSWORD'])

  const [one, other] = programs
  const cast = await aCast(one.url, one.setUpUrl!)
  expect(await says(other, 'A long enough password, 42'), 'the other link opens nothing any more').toEqual([
    'LINK_NOT_VALID',
  ])
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
