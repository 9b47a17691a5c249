import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from '../kernel/sql.ts'

/** What is to be checked: one package version to these items. Names are for sentences and are not part of it. */
export interface Plan {
  deploymentId: string
  number: string
  distribution: 'AUTOMATIC' | 'MANUAL'
  productId: string | null
  taskId: string
  releaseId: string
  /** It brings back what was there before, which need not be a source of the release. */
  goesBack: boolean
  source: { uuid: string; name: string; digest: string }
  /** In the order of their UUIDs; without those that are left out. */
  targets: { uuid: string; name: string }[]
}

interface DeploymentRow {
  uuid: string
  number: string
  distribution: Plan['distribution']
  product_id: string | null
  task_id: string
  release_id: string
  goes_back: boolean
  source_id: string
  source_number: string
  source_digest: string
  package: string
}

/** The plan of a deployment as it is now, in two statements. */
export async function planOf(em: EntityManager, deploymentId: string): Promise<Plan> {
  const found = (await row<DeploymentRow>(
    em,
    `select d.uuid, d.number, d.distribution, d.product_id, d.task_id, d.release_id, d.source_id,
       d.roll_back_of_id is not null as goes_back,
       v.number as source_number, v.digest as source_digest, p.name as package
     from deployment d join package_version v on v.uuid = d.source_id join package p on p.uuid = v.package_id
     where d.uuid = $1`,
    [deploymentId],
  ))!
  const targets = await rows<{ uuid: string; name: string }>(
    em,
    `select i.uuid, i.name from deployment_target t join configuration_item i on i.uuid = t.item_id
     where t.deployment_id = $1 and t.state <> 'EXCLUDED' order by i.uuid`,
    [deploymentId],
  )
  return {
    deploymentId,
    number: found.number,
    distribution: found.distribution,
    productId: found.product_id,
    taskId: found.task_id,
    releaseId: found.release_id,
    goesBack: found.goes_back,
    source: {
      uuid: found.source_id,
      name: `${found.package} ${found.source_number}`,
      digest: found.source_digest,
    },
    targets,
  }
}
