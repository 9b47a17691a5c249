// An orderly stop in the middle of everything.
import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { anApp } from '../../support/app.ts'
import { anAppEstate, faultAt, switchesAt, type AppEstate } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const app = anApp()
let estate: AppEstate

beforeAll(async () => {
  estate = await anAppEstate(app, 12)
})

test('a stop while people plan and hosts hang ends within seconds, and leaves each target in a state to go on from', async () => {
  const [hung, ...others] = estate.items
  await faultAt(estate.hosts.hosts, hung!.name, { step: 'copy', fault: 'hang' })
  const { id } = await estate.approved({ items: [hung!] })
  await estate.deployer.does('deploymentStart', { id })
  await until(
    () => estate.state(id),
    ({ targets }) => targets.nodes[0]!.state === 'RUNNING',
  )
  const silent = connect(Number(new URL(app.url).port), '127.0.0.1')
  await once(silent, 'connect')
  const busy = others.map((item) => estate.approved({ items: [item] }).catch((error: Error) => error))
  await estate.state(id)
  const began = Date.now()
  await app.stop()
  expect(Date.now() - began).toBeLessThan(12_000)
  await Promise.all(busy)
  silent.destroy()
  const rows = await app.database.rows<{ state: string; active: number }>(
    `select t.state, (select count(*)::int from attempt a where a.target_id = t.uuid and a.state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')) as active
     from deployment_target t join deployment d on d.uuid = t.deployment_id where d.started_at is not null`,
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]!.state, 'nothing was changed there, so it waits to be done again').toMatch(/PENDING|RUNNING/)
  expect(await switchesAt(estate.hosts.hosts, hung!.name)).toEqual([])
}, 30_000)
