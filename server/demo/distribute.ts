import type { ApiClient } from './client.ts'
import type { Target } from './road.ts'
import type { Terminal } from './terminal.ts'

const ANSWER = 'userErrors { code message } position'

/** How one deployment ended. */
export interface Outcome {
  number: string
  title: string
  state: string
  confirmation: string
  causes: string[]
}

interface Deployment {
  id: string
  number: string
  title: string
  state: string
  confirmation: string
  targetTotal: number
  counts: {
    pending: number
    running: number
    reported: number
    confirmed: number
    contradicted: number
    failed: number
  }
  causes: { message: string; count: number }[]
  validation: { digest: string | null; counts: { pass: number; warning: number; block: number } } | null
  launchUrl: string | null
}
const DEPLOYMENT = `id number title state confirmation targetTotal counts { pending running reported confirmed contradicted failed }
  causes { message count } validation { digest counts { pass warning block } } launchUrl`

const BEFORE = ['DRAFT', 'VALIDATING', 'VALIDATED', 'BLOCKED', 'AWAITING_APPROVAL']
const ENDED = [
  'SUCCEEDED',
  'PARTIAL',
  'FAILED',
  'CANCELLED',
  'INTERVENTION',
  'SUPERSEDED',
  'EXPIRED',
  'INVALIDATED',
  'BLOCKED',
]

/** Steps 8 to 11: one deployment per site, validated, approved by another person, deployed by a third, confirmed. */
export async function distribute(
  { owner, approver, deployer }: Record<'owner' | 'approver' | 'deployer', ApiClient>,
  taskId: string,
  sites: Map<string, Target[]>,
  terminal: Terminal,
): Promise<Outcome[]> {
  terminal.step(8, 'Create the deployments')
  const deployments: Deployment[] = []
  for (const [site, targets] of sites) {
    const { deployment } = await owner.mutate<{ deployment: Deployment }>(
      `mutation($input: DeploymentCreateInput!) { deploymentCreate(input: $input) { deployment { ${DEPLOYMENT} } ${ANSWER} } }`,
      { taskId, title: `Patch to ${site}`, targetIds: targets.map(({ id }) => id) },
    )
    terminal.say(`${deployment.number}: ${deployment.title}, ${deployment.targetTotal} targets`)
    deployments.push(deployment)
  }

  terminal.step(9, 'Validate, and have another person approve')
  for (const deployment of deployments) await validateAndApprove(owner, approver, deployment, terminal)

  terminal.step(10, 'Deploy')
  for (const deployment of deployments) {
    const started = await deployer.mutate<object>(
      `mutation($input: MoveInput!) { deploymentStart(input: $input) { ${ANSWER} } }`,
      { id: deployment.id },
    )
    await watch(deployer, deployment, started.position, terminal, ({ state }) => ENDED.includes(state))
  }

  terminal.step(11, 'Confirm by observation')
  const outcomes: Outcome[] = []
  for (const { id } of deployments) {
    const ended = await settled(deployer, id, terminal)
    terminal.say(
      `${ended.number} ${ended.title}: ${ended.state}, ${ended.confirmation}: ${ended.counts.confirmed} of ${ended.targetTotal} services were asked and answer the intended version`,
    )
    if (ended.launchUrl) terminal.say(`  the same job in the product: ${ended.launchUrl}`)
    outcomes.push({ ...ended, causes: ended.causes.map(({ message, count }) => `${message} (${count})`) })
  }
  return outcomes
}

async function validateAndApprove(
  owner: ApiClient,
  approver: ApiClient,
  { id, number, title }: Deployment,
  terminal: Terminal,
): Promise<void> {
  const begun = await owner.mutate<object>(
    `mutation($input: MoveInput!) { deploymentValidate(input: $input) { ${ANSWER} } }`,
    { id },
  )
  const validated = await watch(
    owner,
    { id, number, title },
    begun.position,
    terminal,
    ({ state }) => !['DRAFT', 'VALIDATING'].includes(state),
  )
  const { digest, counts } = validated.validation!
  if (!digest || counts.block > 0)
    throw new Error(
      `${number} is ${validated.state}: ${counts.block} findings block it. Open it in the dashboard to see them.`,
    )
  terminal.say(`${number}: ${counts.pass} checks passed, ${counts.warning} warnings, digest ${digest.slice(0, 12)}…`)
  await approver.mutate(
    `mutation($input: DeploymentApproveInput!) { deploymentApprove(input: $input) { ${ANSWER} } }`,
    { id, digest, comment: 'Looks right.' },
  )
  terminal.say(`${number}: approved by ${approver.name}, who signed that digest`)
}

async function watch(
  client: ApiClient,
  deployment: Pick<Deployment, 'id' | 'number' | 'title'>,
  after: string,
  terminal: Terminal,
  until: (deployment: Deployment) => boolean,
): Promise<Deployment> {
  const event = await client.follow<{ deployment: Deployment | null }>(
    `subscription($id: ID!, $after: Position) { deploymentChanged(id: $id, after: $after) { position deployment { ${DEPLOYMENT} } } }`,
    { id: deployment.id, after },
    ({ deployment: now }) => {
      if (!now) return false
      const { counts, targetTotal } = now
      const through = targetTotal - counts.pending - counts.running
      if (!BEFORE.includes(now.state)) terminal.progress(now.number, through / targetTotal, now.state.toLowerCase())
      return until(now)
    },
  )
  return event.deployment!
}

/** Waits until every target that reported was looked at. */
async function settled(client: ApiClient, id: string, terminal: Terminal): Promise<Deployment> {
  // The place first: what changes between the two reads is then followed, not missed.
  const { system } = await client.query<{ system: { position: string } }>('{ system { position } }')
  const { deployment } = await client.query<{ deployment: Deployment }>(
    `query($id: ID!) { deployment(id: $id) { ${DEPLOYMENT} } }`,
    { id },
  )
  if (deployment.confirmation !== 'AWAITED') return deployment
  return watch(client, deployment, system.position, terminal, ({ confirmation }) => confirmation !== 'AWAITED')
}
