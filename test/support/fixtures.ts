import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient } from '../../server/demo/client.ts'
import type { People } from '../../server/demo/people.ts'
import type { Fault } from '../../server/integrations/local/faults.ts'
import type { Waybill } from './waybill.ts'

const ANSWER = 'userErrors { code message } position'

const faultFile = ({ folder }: Waybill, host: string) => join(folder, 'sample', 'hosts', host, 'faults.json')

/** Lets a host of the sample go wrong at a step. */
export async function addFault(waybill: Waybill, host: string, fault: Fault) {
  await mkdir(join(waybill.folder, 'sample', 'hosts', host), { recursive: true })
  await writeFile(faultFile(waybill, host), JSON.stringify(fault))
}

export const removeFault = (waybill: Waybill, host: string) => rm(faultFile(waybill, host), { force: true })

const lockFile = ({ folder }: Waybill, host: string) => join(folder, 'sample', 'hosts', host, 'state', 'lock.1000000')

/** Lets somebody else hold a host of the sample: no attempt and no look gets past it. */
export const holdHost = (waybill: Waybill, host: string) => writeFile(lockFile(waybill, host), `${process.pid} -`)
export const letGoOfHost = (waybill: Waybill, host: string) => rm(lockFile(waybill, host), { force: true })

type Part = Pick<People, 'owner' | 'approver'>

/** A release under way with one task that distributes the version to the targets. Answers the task's id. */
export async function aTask(owner: ApiClient, title: string, sourceId: string, targetIds: string[]): Promise<string> {
  const { release } = await owner.mutate<{ release: { id: string } }>(
    `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } ${ANSWER} } }`,
    { title, sourceIds: [sourceId], targetIds },
  )
  for (const move of ['releasePlan', 'releaseStart'])
    await owner.mutate(`mutation($input: MoveInput!) { ${move}(input: $input) { ${ANSWER} } }`, { id: release.id })
  const { task } = await owner.mutate<{ task: { id: string } }>(
    `mutation($input: TaskCreateInput!) { taskCreate(input: $input) { task { id } ${ANSWER} } }`,
    { releaseId: release.id, title: `Distribute ${title}`, type: 'SOFTWARE_DISTRIBUTION' },
  )
  return task.id
}

/** A deployment of `number` of the storefront to all hosts, made and approved through the API. Answers its id. */
export async function approvedDeployment({ owner, approver }: Part, number: string): Promise<string> {
  const { packages, configurationItems } = await owner.query<{
    packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
    configurationItems: { nodes: { id: string }[] }
  }>(`{ packages(first: 5) { nodes { versions(first: 20) { nodes { id number } } } }
    configurationItems(first: 100, filter: { targetable: true, authorized: true }) { nodes { id } } }`)
  const source = packages.nodes.flatMap(({ versions }) => versions.nodes).find((each) => each.number === number)!
  const targetIds = configurationItems.nodes.map(({ id }) => id)
  const taskId = await aTask(owner, `Storefront ${number}`, source.id, targetIds)
  const { deployment } = await owner.mutate<{ deployment: { id: string } }>(
    `mutation($input: DeploymentCreateInput!) { deploymentCreate(input: $input) { deployment { id } ${ANSWER} } }`,
    { taskId, title: `Everywhere ${number}`, targetIds },
  )
  const { id } = deployment
  const begun = await owner.mutate(`mutation($input: MoveInput!) { deploymentValidate(input: $input) { ${ANSWER} } }`, {
    id,
  })
  await approve(approver, id, await validated(owner, id, begun.position))
  return id
}

/** Approves what was validated, by its digest, through the API. */
export const approve = (approver: ApiClient, id: string, digest: string) =>
  approver.mutate(`mutation($input: DeploymentApproveInput!) { deploymentApprove(input: $input) { ${ANSWER} } }`, {
    id,
    digest,
    comment: 'Yes.',
  })

/** Starts an approved deployment through the API. */
export const start = (deployer: ApiClient, id: string) =>
  deployer.mutate(`mutation($input: MoveInput!) { deploymentStart(input: $input) { ${ANSWER} } }`, { id })

async function validated(owner: ApiClient, id: string, after: string): Promise<string> {
  interface Event {
    deployment: { state: string; validation: { digest: string | null } | null } | null
  }
  const { deployment } = await owner.follow<Event>(
    `subscription($id: ID!, $after: Position) { deploymentChanged(id: $id, after: $after) { position deployment { state validation { digest } } } }`,
    { id, after },
    ({ deployment }) => !!deployment && !['DRAFT', 'VALIDATING'].includes(deployment.state),
  )
  if (!deployment?.validation?.digest) throw new Error(`The deployment is ${deployment?.state}.`)
  return deployment.validation.digest
}

export interface Grid {
  names: string[]
  sites: string[]
  state: string[]
  confirmation: string[]
}

/** What the database says about every target of a deployment. */
export async function gridOf(client: ApiClient, id: string): Promise<Grid> {
  const { deployment } = await client.query<{ deployment: { grid: Grid } }>(
    'query($id: ID!) { deployment(id: $id) { grid { names sites state confirmation } } }',
    { id },
  )
  return deployment.grid
}
