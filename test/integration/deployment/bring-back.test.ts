import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account } from '../../../server/account/account.entity.ts'
import { followBroughtBack } from '../../../server/deployment/brought-back-follower.ts'
import { lockDeployment } from '../../../server/deployment/load.ts'
import { confirmManually } from '../../../server/deployment/manual.service.ts'
import { startDeployment } from '../../../server/deployment/start.service.ts'
import { beginValidation, concludeValidation } from '../../../server/deployment/validation-moves.ts'
import type { Viewer } from '../../../server/kernel/context.ts'
import { toNodeId, uuidOf } from '../../../server/kernel/node-id.ts'
import { uuidv7 } from '../../../server/kernel/noun.ts'
import { releaseGates } from '../../../server/parts.ts'
import { digestOf } from '../../support/deployment/world.ts'
import { aViewer, relate } from '../../support/estate.ts'
import { aReconciledEstate } from '../../support/reconciliation.ts'

const estate = aReconciledEstate()
const viewer = aViewer()
let follower: ReturnType<typeof followBroughtBack>
const versions: Record<string, string> = {}

beforeAll(async () => {
  Object.assign(estate.services, { releaseGates, integrations: new Map(), startGates: [] })
  const account = { uuid: viewer.accountId, name: viewer.name, login: 'ada', state: 'ACTIVE' as const }
  await estate.orm.em.fork().persist(Object.assign(new Account(), account)).flush()
  const [repository, shop] = [uuidv7(), uuidv7()]
  await estate.sql(
    `insert into repository (uuid, name, kind, config, state) values ($1, 'L', 'directory', '{}', 'ACTIVE')`,
    [repository],
  )
  await estate.sql(
    `insert into package (uuid, repository_id, name, purl) values ($1, $2, 'shop', 'pkg:generic/shop')`,
    [shop, repository],
  )
  for (const number of ['1.0.0', '1.1.0']) {
    versions[number] = uuidv7()
    await estate.sql(
      `insert into package_version (uuid, package_id, number, platform, arch, purl, digest, size, state, held, file, manifest, scanned_at)
       values ($1, $2, $3, 'any', 'any', $4, $5, 100, 'AVAILABLE', true, 'x', '{}', now())`,
      [versions[number], shop, number, `pkg:generic/shop@${number}`, digestOf(number)],
    )
  }
  follower = followBroughtBack(estate.orm.em, estate.events, (fault) => {
    throw fault
  })
})
afterAll(() => follower.stop())

/** A machine with shop 1.0.0 authorized on it, seen as something else. */
async function drifted(name: string, version = '9.9.9', planned = '1.0.0') {
  const host = await estate.pair('ComputerSystem', name)
  const attributes = { package: 'shop', version: planned }
  const software = await estate.pair('SoftwareInstallation', `shop on ${name}`, { attributes })
  await estate.change((em) => relate(em, [{ type: 'runsOn', sourceId: software.item.uuid, targetId: host.item.uuid }]))
  await estate.seeEdge('runsOn', software.actual, host.actual)
  await estate.sql(`update actual_item set attributes = attributes || $2::jsonb where uuid = $1`, [
    software.actual.uuid,
    JSON.stringify({ version }),
  ])
  return { host, software }
}

const RESULT =
  'id state comment bringsBack { number } broughtBackBy { number deployments(first: 9) { nodes { number } } }'
interface Seen {
  id: string
  state: string
  comment: string | null
  bringsBack: { number: string } | null
  broughtBackBy: { number: string; deployments: { nodes: { number: string }[] } } | null
}
const resultOf = async (itemId: string) => {
  const text = `query($filter: ReconciliationResultFilter) { reconciliationResults(first: 9, filter: $filter) { nodes { ${RESULT} } } }`
  const data = await estate.query<{ reconciliationResults: { nodes: Seen[] } }>(text, { filter: { itemId } })
  return data.reconciliationResults.nodes[0]!
}
interface Prepared {
  release: { state: string; title: string } | null
  tasks: { state: string; source: { number: string } }[]
  deployments: {
    id: string
    number: string
    state: string
    title: string
    targets: { nodes: { item: { name: string } }[] }
  }[]
}
const bringBack = (ids: string[], who: Viewer = viewer) =>
  estate.ask<Prepared>(
    'reconciliationBringBack',
    'ReconciliationBringBackInput',
    { ids },
    `release { state title } tasks { state source { number } }
     deployments { id number state title targets(first: 9) { nodes { item { name } } } }`,
    who,
  )

test('what differs is brought back by a prepared deployment of what should be there, and is resolved when it was seen', async () => {
  const [one, two] = [await drifted('web1'), await drifted('web2')]
  await estate.run(await estate.task({ name: 'Shops', classNames: ['SoftwareInstallation'] }))
  const results = [await resultOf(one.software.item.id), await resultOf(two.software.item.id)]
  expect(results[0]).toMatchObject({ state: 'OPEN', bringsBack: { number: '1.0.0' }, broughtBackBy: null })
  const { release, tasks, deployments, userErrors } = await bringBack(results.map(({ id }) => id))
  expect(userErrors).toEqual([])
  expect(release).toEqual({ state: 'PLANNED', title: 'Bring back shop 1.0.0 on 2 machines' })
  expect(tasks).toEqual([{ state: 'READY', source: { number: '1.0.0' } }])
  expect(deployments).toMatchObject([{ state: 'DRAFT', title: 'Bring back shop 1.0.0 on 2 machines' }])
  expect(deployments[0]!.targets.nodes.map(({ item }) => item.name).toSorted()).toEqual(['web1', 'web2'])
  expect((await resultOf(one.software.item.id)).broughtBackBy!.deployments.nodes).toEqual([
    { number: deployments[0]!.number },
  ])

  const uuid = uuidOf(deployments[0]!.id, 'dpl')
  await estate.change(async (em) => {
    const deployment = (await lockDeployment(em, uuid))!
    await beginValidation(em, deployment, { by: null })
    await concludeValidation(em, deployment, 'PASSED', { by: null })
    await startDeployment(em, { ...estate.services, startGates: [] }, viewer, { id: deployments[0]!.id })
  })
  const targets = await estate.sql<{ uuid: string }>(
    `select t.uuid from deployment_target t join configuration_item i on i.uuid = t.item_id where t.deployment_id = $1 order by i.name`,
    [uuid],
  )
  const confirm = (n: number) =>
    estate.change((em) =>
      confirmManually(em, viewer, { id: toNodeId('tgt', targets[n]!.uuid), statement: 'Installed, looked.' }),
    )
  await confirm(0)
  await expect.poll(async () => (await resultOf(one.software.item.id)).state, { timeout: 20_000 }).toBe('RESOLVED')
  expect((await resultOf(one.software.item.id)).comment).toBe(
    `${deployments[0]!.number} brought shop 1.0.0 back, and it was seen to be there.`,
  )
  expect((await resultOf(two.software.item.id)).state).toBe('OPEN')
  await confirm(1)
  await expect.poll(async () => (await resultOf(two.software.item.id)).state, { timeout: 20_000 }).toBe('RESOLVED')
})

test('several package versions become a task and a deployment each, of one release', async () => {
  const [old, fresh] = [await drifted('app1', '9.9.9', '1.0.0'), await drifted('app2', '9.9.9', '1.1.0')]
  await estate.lose(fresh.software.actual)
  await estate.run(await estate.task({ name: 'Both', classNames: ['SoftwareInstallation'] }))
  const ids = [(await resultOf(old.software.item.id)).id, (await resultOf(fresh.software.item.id)).id]
  const { release, tasks, deployments } = await bringBack(ids)
  expect(release!.title).toBe('Bring back 2 packages as authorized')
  expect(tasks.map(({ source }) => source.number).toSorted()).toEqual(['1.0.0', '1.1.0'])
  expect(deployments).toHaveLength(2)
})

test('who may only edit releases prepares a draft without a deployment', async () => {
  const { software } = await drifted('app3')
  await estate.run(await estate.task({ name: 'Drafts', classNames: ['SoftwareInstallation'] }))
  const { id } = await resultOf(software.item.id)
  const author: Viewer = {
    ...viewer,
    reach: (permission) => (/release.manage|deployment.create/.test(permission) ? [] : 'estate'),
  }
  const { release, tasks, deployments, userErrors } = await bringBack([id], author)
  expect(userErrors).toEqual([])
  expect([release!.state, tasks.length, deployments]).toEqual(['DRAFT', 1, []])
})

test('what no deployment can bring back is refused in words, and nothing is prepared for the others', async () => {
  const good = await drifted('app4')
  const unknown = await drifted('app5', '9.9.9', '7.0.0')
  const host = await estate.pair('ComputerSystem', 'app6', { attributes: { port: 80 } })
  await estate.sql(`update actual_item set attributes = '{"port": 81}' where uuid = $1`, [host.actual.uuid])
  await estate.run(await estate.task({ name: 'All', classNames: ['SoftwareInstallation', 'ComputerSystem'] }))
  const [one, two, three] = [good.software.item, unknown.software.item, host.item].map(({ id }) => resultOf(id))
  const [releases] = await estate.sql<{ n: number }>('select count(*)::int as n from release')
  expect((await two)!.bringsBack).toBeNull()
  expect((await bringBack([(await one)!.id, (await two)!.id])).userErrors).toMatchObject([
    { message: 'shop 7.0.0 is not available in the library, so nothing can bring shop on app5 back.' },
  ])
  expect((await bringBack([(await three)!.id])).userErrors).toMatchObject([
    { message: 'No package version is authorized for app6, so no deployment can bring it back.' },
  ])
  expect(await estate.sql('select count(*)::int as n from release')).toEqual([releases])
})
