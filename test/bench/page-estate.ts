import type { Client } from 'pg'
import { toNodeId } from '../../server/kernel/node-id.ts'

export const RELEASES = 50
export const PLACES = 8
const HOSTS = 12 // of each place in a release
/** Targets of the deployment that is under way. */
export const RUNNING = 1_000

const key = (text: string) => `md5(${text})::uuid`
const uuid = (text: string) => key(`'${text}'`)
const releases = (count = RELEASES) => `generate_series(1, ${count}) r`

/** Ids of what is opened. */
export interface Opened {
  /** UUID of the deployment under way, and of its release. */
  deployment: string
  release: string
  /** Paths of pages. */
  paths: { deployment: string; release: string; item: string }
}

/**
 * On the estate of views-estate.ts: a package with a version for each release, and releases that went, each by one
 * deployment, to hosts of the first eight sites. The last one is under way to 1,000 of them, and nothing drives it.
 */
export async function insertReleases(client: Client): Promise<Opened> {
  const { rows } = await client.query<{ uuid: string }>('select uuid from account order by created_at limit 1')
  const account = `'${rows[0]!.uuid}'::uuid`
  const hosts = (release: string) =>
    `generate_series(0, ${PLACES - 1}) s, generate_series(1, case when ${release} = ${RELEASES} then ${RUNNING / PLACES} else ${HOSTS} end) n`
  const done = `r < ${RELEASES}`
  const targets = `select r, ${key(`'host ' || s || ' ' || n`)} as item, (s * 1000 + n) as place, s, n from ${releases()} cross join lateral
    (select s, n from ${hosts('r')}) h`
  for (const text of [
    `insert into management_product (uuid, name, kind, state) values (${uuid('product')}, 'By hand', 'by-hand', 'ACTIVE')`,
    `insert into repository (uuid, name, kind, config, state) values (${uuid('repository')}, 'Packages', 'directory', '{}', 'ACTIVE')`,
    `insert into package (uuid, repository_id, name, purl) values (${uuid('package')}, ${uuid('repository')}, 'shop', 'pkg:generic/shop')`,
    `insert into package_version (uuid, package_id, number, platform, arch, purl, digest, size, state, held, file, manifest, scanned_at)
       select ${key("'version ' || r")}, ${uuid('package')}, '1.' || r || '.0', 'any', 'any', 'pkg:generic/shop@1.' || r || '.0',
         'sha256:' || lpad(to_hex(r), 64, '0'), 1, 'AVAILABLE', true, 'x', '{}', now() from ${releases()}`,
    `insert into release (uuid, title, purpose, back_out_plan, verification_plan, state, owner_id)
       select ${key("'release ' || r")}, 'Storefront 1.' || r || '.0', 'What customers asked for', 'Back to the one before', 'Look at it',
         case when r < ${RELEASES - 15} then 'COMPLETED' else 'IN_PROGRESS' end, ${account} from ${releases()}`,
    `insert into release_source (release_id, package_version_id) select ${key("'release ' || r")}, ${key("'version ' || r")} from ${releases()}`,
    `insert into task (uuid, release_id, title, type, state, owner_id, source_id)
       select ${key("'task ' || r")}, ${key("'release ' || r")}, 'Distribute', 'SOFTWARE_DISTRIBUTION',
         case when ${done} then 'COMPLETED' else 'IN_PROGRESS' end, ${account}, ${key("'version ' || r")} from ${releases()}`,
    `insert into deployment (uuid, title, state, confirmation, distribution, task_id, release_id, source_id, created_by_id, started_by_id,
         target_total, started_at, finished_at, steps)
       select ${key("'deployment ' || r")}, 'Storefront 1.' || r || '.0 everywhere', case when ${done} then 'SUCCEEDED' else 'RUNNING' end,
         case when ${done} then 'CONFIRMED' else 'AWAITED' end, 'AUTOMATIC', ${key("'task ' || r")}, ${key("'release ' || r")},
         ${key("'version ' || r")}, ${account}, ${account}, case when ${done} then ${HOSTS * PLACES} else ${RUNNING} end,
         now() - (${RELEASES} - r) * interval '1 hour', case when ${done} then now() - (${RELEASES} - r) * interval '55 minutes' end,
         '{waiting,copy,restart}' from ${releases()}`,
    `with t as (${targets}), listed as (insert into release_target (release_id, item_id) select ${key("'release ' || r")}, item from t),
       ofTask as (insert into task_target (task_id, item_id) select ${key("'task ' || r")}, item from t)
     insert into deployment_target (uuid, deployment_id, item_id, idx, state, confirmation, percent, touched, settled_at)
       select gen_random_uuid(), ${key("'deployment ' || r")}, item, row_number() over (partition by r order by place) - 1,
         case when ${done} then 'REPORTED_OK' else 'RUNNING' end, case when ${done} then 'CONFIRMED' else 'AWAITED' end,
         case when ${done} then 100 else 0 end, true, case when ${done} then now() - (${RELEASES} - r) * interval '55 minutes' end from t`,
    'analyze',
  ])
    await client.query(text)
  const { rows: ids } = await client.query<{ deployment: string; release: string; item: string }>(
    `select ${uuid(`deployment ${RELEASES}`)}::text as deployment, ${uuid(`release ${RELEASES}`)}::text as release, ${uuid('host 1 1')}::text as item`,
  )
  const { deployment, release, item } = ids[0]!
  return {
    deployment,
    release,
    paths: {
      deployment: `/deployments/${toNodeId('dpl', deployment)}`,
      release: `/releases/${toNodeId('rls', release)}`,
      item: `/items/${toNodeId('ci', item)}`,
    },
  }
}
