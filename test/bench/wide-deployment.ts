import type { Client } from 'pg'

const SITES = 10
const key = (text: string) => `md5(${text})::uuid`
const uuid = (text: string) => key(`'${text}'`)

/** A deployment that is under way to so many targets, spread over ten sites; answers its UUID. */
export async function insertDeployment(client: Client, targets: number): Promise<string> {
  const { rows } = await client.query<{ account: string; id: string }>(
    `select uuid as account, ${key("'deployment'")}::text as id from account limit 1`,
  )
  const { account, id } = rows[0]!
  const digest = `sha256:${'0'.repeat(64)}`
  for (const text of [
    `insert into configuration_item (uuid, ordinal, name, class_name, state)
       select ${key("'site ' || s")}, s, 'site-' || s, 'Site', 'PRODUCTION' from generate_series(1, ${SITES}) s`,
    `insert into configuration_item (uuid, ordinal, name, class_name, state, site_id)
       select ${key("'host ' || n")}, ${SITES} + n, 'host-' || n, 'ComputerSystem', 'PRODUCTION', ${key(`'site ' || 1 + n % ${SITES}`)}
       from generate_series(1, ${targets}) n`,
    `insert into repository (uuid, name, kind, config, state) values (${uuid('repository')}, 'R', 'directory', '{}', 'ACTIVE')`,
    `insert into package (uuid, repository_id, name, purl) values (${uuid('package')}, ${uuid('repository')}, 'shop', 'pkg:generic/shop')`,
    `insert into package_version (uuid, package_id, number, platform, arch, purl, digest, size, state, held, file, manifest, scanned_at)
       values (${uuid('version')}, ${uuid('package')}, '1.0.0', 'any', 'any', 'pkg:generic/shop@1.0.0', '${digest}', 1, 'AVAILABLE', true, 'x', '{}', now())`,
    `insert into release (uuid, title, purpose, back_out_plan, verification_plan, state) values (${uuid('release')}, 'Wide', '', '', '', 'IN_PROGRESS')`,
    `insert into task (uuid, release_id, title, type, state) values (${uuid('task')}, ${uuid('release')}, 'Wide', 'SOFTWARE_DISTRIBUTION', 'IN_PROGRESS')`,
    `insert into deployment (uuid, title, state, confirmation, distribution, task_id, release_id, source_id, created_by_id, started_by_id,
         target_total, started_at, steps)
       values ('${id}', 'Everywhere', 'RUNNING', 'AWAITED', 'AUTOMATIC', ${uuid('task')}, ${uuid('release')}, ${uuid('version')}, '${account}', '${account}',
         ${targets}, now(), '{waiting,copy,restart}')`,
    `insert into deployment_target (uuid, deployment_id, item_id, idx, state, confirmation)
       select ${key("'target ' || n")}, '${id}', ${key("'host ' || n")}, n - 1, 'RUNNING', 'AWAITED' from generate_series(1, ${targets}) n`,
    'analyze',
  ])
    await client.query(text)
  return id
}

/** So many lines in the log of the first target, written by an attempt that goes on. */
export async function insertLog(client: Client, id: string, lines: number) {
  const { rows } = await client.query<{ targetId: string; attemptId: string }>(
    `select ${key("'target ' || 1")}::text as "targetId", ${uuid('attempt')}::text as "attemptId"`,
  )
  const { targetId, attemptId } = rows[0]!
  for (const text of [
    `insert into attempt (uuid, deployment_id, target_id, item_id, ordinal, state, process_id, started_at)
       values ('${attemptId}', '${id}', '${targetId}', ${key("'host ' || 1")}, 1, 'RUNNING', '${attemptId}', now())`,
    `update deployment_target set attempt_id = '${attemptId}', attempts = 1, log_count = ${lines} where uuid = '${targetId}'`,
    `insert into attempt_log (target_id, number, attempt_id, at, level, text)
       select '${targetId}', n, '${attemptId}', now() - interval '1 hour' + n * interval '20 ms',
         case when n % 200 = 0 then 'WARNING' else 'INFO' end, 'copied file ' || n
       from generate_series(1, ${lines}) n`,
    'analyze',
  ])
    await client.query(text)
  return { targetId, attemptId }
}
