import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmReported } from '../../../server/deployment/engine/confirm.ts'
import type { Cargo } from '../../../server/deployment/engine/orders.ts'
import { PATIENCE } from '../../../server/deployment/engine/settings.ts'
import type { AutomaticIntegration } from '../../../server/integrations/integration.ts'
import { createMetrics } from '../../../server/kernel/metrics.ts'
import { rows } from '../../../server/kernel/sql.ts'
import { aDatabase } from '../../support/database.ts'
import { aStarted, aWorld, digestOf, type World } from '../../support/deployment/world.ts'
import { countStatements } from '../../support/statements.ts'

const database = aDatabase()
let world: World
beforeAll(async () => {
  world = await aWorld(database.url, '/nowhere', 60, 'nothing')
  await world.jobs.start()
})
afterAll(() => world.close())

const change = <R extends object>(sql: string, values: unknown[]) => rows<R>(world.orm.em.fork(), sql, values)

/** A deployment whose targets were all reported and wait to be looked at, and a module that finds what was intended. */
async function reported(items: string[]): Promise<Cargo> {
  const { uuid: deploymentId } = await aStarted(world, { items })
  await change(`update deployment set state = 'SUCCEEDED' where uuid = $1`, [deploymentId])
  await change(`update deployment_target set state = 'REPORTED_OK', confirm_at = now() where deployment_id = $1`, [
    deploymentId,
  ])
  const what = { name: 'storefront', version: '1.1.0', digest: digestOf('1.1.0') }
  const inspect: AutomaticIntegration['inspect'] = async (_product, questions) =>
    questions.map(({ target: { itemId } }) => ({
      itemId,
      reachable: true,
      method: 'asked',
      at: new Date().toISOString(),
      detail: 'Seen.',
      running: what,
      healthy: true,
    }))
  return {
    deploymentId,
    product: { id: world.productId, name: 'Hosts', config: {} },
    module: { ...world.services.integrations.get('nothing'), inspect } as AutomaticIntegration,
    kind: 'nothing',
    seconds: 60,
    package: { ...what, size: 100, open: () => Promise.reject(new Error('no bytes')) },
  }
}

const confirm = (cargo: Cargo) =>
  countStatements(() =>
    confirmReported(
      { orm: world.orm, patience: PATIENCE, metrics: createMetrics() },
      cargo,
      new AbortController().signal,
    ),
  )

test('looks at 40 targets are written in as many statements as at two, and the next look as well', async () => {
  const [few, many] = [world.items.slice(0, 2), world.items.slice(2, 42)]
  for (const _round of ['first seen', 'seen again']) {
    const [two, forty] = [await confirm(await reported(few)), await confirm(await reported(many))]
    expect(forty.length, forty.map((text) => text.slice(0, 90)).join('\n')).toBe(two.length)
    expect(forty.length).toBeLessThan(40)
  }
  const [counted] = await change(
    `select count(*)::int as targets, count(*) filter (where t.confirmation = 'CONFIRMED')::int as confirmed,
       count(distinct e.uuid)::int as evidence, count(distinct o.uuid)::int as observations
     from deployment_target t join evidence e on e.target_id = t.uuid
       join configuration_item i on i.uuid = t.item_id
       join actual_relationship r on r.target_id = i.actual_item_id and r.type = 'runsOn'
       join observation o on o.actual_item_id = r.source_id and o.deployment_id = t.deployment_id`,
    [],
  )
  expect(counted).toEqual({ targets: 84, confirmed: 84, evidence: 84, observations: 84 })
})

test('the authorized installation takes the confirmed version over, with the deployment as the cause', async () => {
  const items = world.items.slice(42, 45)
  await confirm(await reported(items))
  await change(
    `insert into configuration_item (uuid, ordinal, name, class_name, state, scope_ids, attributes, actual_item_id)
     select gen_random_uuid(), nextval('item_ordinal'), a.name, 'SoftwareInstallation', 'PRODUCTION', '{}', '{"version": "0.9"}', a.uuid
     from configuration_item i join actual_relationship r on r.target_id = i.actual_item_id and r.type = 'runsOn'
       join actual_item a on a.uuid = r.source_id where i.uuid = any($1::uuid[])`,
    [items],
  )
  await confirm(await reported(items))
  const seen = await change<{ version: string; reason: string; changes: object; cause: string }>(
    `select i.attributes->>'version' as version, h.reason, h.changes, g.cause
     from configuration_item i join history h on h.subject = i.uuid
       join configuration_item_version v on v.uuid = i.uuid and v.valid_to is null join graph_change g on g.uuid = v.change_id
     where i.class_name = 'SoftwareInstallation'`,
    [],
  )
  expect(seen).toHaveLength(3)
  for (const one of seen) {
    expect(one).toEqual({
      version: '1.1.0',
      reason: 'Confirmed at the target: storefront 1.1.0.',
      changes: { attributes: { package: 'storefront', version: '1.1.0', digest: digestOf('1.1.0') } },
      cause: 'DEPLOYMENT',
    })
  }
})
