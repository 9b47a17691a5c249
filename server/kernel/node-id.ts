import { BadInput } from './errors.ts'

/** Prefix of the opaque id → GraphQL type name. The one list of what `node(id)` can answer. */
export const nodeTypes = {
  acc: 'Account',
  grt: 'Grant',
  tok: 'ApiToken',
  sav: 'SavedView',
  dfv: 'DefaultView',
  prd: 'ManagementProduct',
  run: 'DiscoveryRun',
  hky: 'HostKey',
  act: 'ActualItem',
  upl: 'DiscoveryUpload',
  idq: 'IdentityQuestion',
  ci: 'ConfigurationItem',
  rel: 'Relationship',
  psc: 'PromotionScope',
  rct: 'ReconciliationTask',
  rci: 'ReconciliationIgnoreRule',
  rcr: 'ReconciliationRun',
  rcn: 'ReconciliationResult',
  unp: 'UnplannedDecision',
  rep: 'Repository',
  scn: 'RepositoryScan',
  pkg: 'Package',
  pkv: 'PackageVersion',
  rls: 'Release',
  tsk: 'Task',
  dpl: 'Deployment',
  tgt: 'DeploymentTarget',
  att: 'Attempt',
  val: 'Validation',
  fnd: 'Finding',
  apr: 'Approval',
  aud: 'AuditEntry',
} as const

export type NodePrefix = keyof typeof nodeTypes

/** `ci_` + the 32 hex digits of the UUID. */
export function toNodeId(prefix: NodePrefix, uuid: string): string {
  return `${prefix}_${uuid.replaceAll('-', '')}`
}

/** Splits an opaque id; refuses what is malformed or of an unknown kind. */
export function parseNodeId(id: string, field: string[] = ['id']): { prefix: NodePrefix; uuid: string } {
  const match = /^([a-z]{2,3})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id)
  if (!match || !(match[1]! in nodeTypes)) {
    throw new BadInput(
      `"${id.slice(0, 80)}" is not an id of Waybill. Ids look like ci_0199… and come from the API's own answers.`,
      { field },
    )
  }
  return { prefix: match[1] as NodePrefix, uuid: match.slice(2).join('-') }
}

/** The UUID of an id that must be of one kind. */
export function uuidOf(id: string, prefix: NodePrefix, field: string[] = ['id']): string {
  const parsed = parseNodeId(id, field)
  if (parsed.prefix !== prefix) {
    throw new BadInput(`${id} is the id of a ${nodeTypes[parsed.prefix]}; a ${nodeTypes[prefix]} is wanted here.`, {
      field,
    })
  }
  return parsed.uuid
}
