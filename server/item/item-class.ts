/**
 * The classes of items with their attributes. `type` says what a value may be; `unit` is for people.
 * `copied` attributes go from what discovery saw to the authorized item at promotion and are compared afterwards.
 */
export interface AttributeRule {
  name: string
  title: string
  type: 'text' | 'integer' | 'number' | 'boolean' | 'instant'
  unit?: string
  copied?: boolean
}

export interface ItemClassRule {
  name: string
  title: string
  parent: string | null
  /** Whether software can be distributed to items of this class. */
  isTargetable: boolean
  attributes: readonly AttributeRule[]
}

const text = (name: string, title: string): AttributeRule => ({ name, title, type: 'text' })
const copied = (rule: AttributeRule): AttributeRule => ({ ...rule, copied: true })

export const itemClasses: readonly ItemClassRule[] = [
  {
    name: 'Site',
    title: 'Site',
    parent: null,
    isTargetable: false,
    attributes: [
      text('code', 'Code'),
      text('address', 'Address'),
      text('country', 'Country'),
      text('timeZone', 'Time zone'),
    ],
  },
  {
    name: 'ComputerSystem',
    title: 'Computer system',
    parent: null,
    isTargetable: true,
    attributes: [
      copied(text('role', 'Role')),
      copied(text('platform', 'Platform')),
      copied(text('arch', 'Architecture')),
      copied(text('address', 'Address')),
      copied({ name: 'port', title: 'Port', type: 'integer' }),
      copied(text('machineId', 'Machine ID')),
      text('serialNumber', 'Serial number'),
      text('owner', 'Owner'),
      text('runningVersion', 'Running version'),
      { name: 'answering', title: 'Answering', type: 'boolean' },
      { name: 'startedAt', title: 'Started', type: 'instant' },
    ],
  },
  {
    name: 'SoftwareInstallation',
    title: 'Software installation',
    parent: null,
    isTargetable: false,
    attributes: [
      copied(text('package', 'Package')),
      copied(text('version', 'Version')),
      copied(text('digest', 'Digest')),
      text('path', 'Path'),
    ],
  },
  {
    name: 'Application',
    title: 'Application',
    parent: null,
    isTargetable: false,
    attributes: [text('version', 'Version'), text('owner', 'Owner'), text('purpose', 'Purpose')],
  },
]

export type ImpactWay = 'NONE' | 'SOURCE_TO_TARGET' | 'TARGET_TO_SOURCE'

export interface RelationshipRule {
  name: string
  title: string
  /** The same relationship read from its target. */
  inverse: string
  inverseTitle: string
  /** The source is inside the target: grants on the target reach it, and rings are refused. */
  containment: boolean
  /** Which end suffers when the other changes. */
  impact: ImpactWay
  sources: readonly string[]
  targets: readonly string[]
  /** Whether a source may have only one of them. */
  single?: boolean
}

const software = ['SoftwareInstallation', 'Application']

export const relationshipTypes: readonly RelationshipRule[] = [
  {
    name: 'locatedIn',
    title: 'is located in',
    inverse: 'contains',
    inverseTitle: 'contains',
    containment: true,
    impact: 'TARGET_TO_SOURCE',
    sources: ['Site', 'ComputerSystem', 'Application'],
    targets: ['Site'],
    single: true,
  },
  {
    name: 'runsOn',
    title: 'runs on',
    inverse: 'runs',
    inverseTitle: 'runs',
    containment: true,
    impact: 'TARGET_TO_SOURCE',
    sources: software,
    targets: ['ComputerSystem'],
  },
  {
    name: 'dependsOn',
    title: 'depends on',
    inverse: 'supports',
    inverseTitle: 'is needed by',
    containment: false,
    impact: 'TARGET_TO_SOURCE',
    sources: ['ComputerSystem', ...software],
    targets: ['ComputerSystem', ...software],
  },
]

/** Names of the types by which one item is inside another. */
export const containmentTypes = relationshipTypes.filter((type) => type.containment).map((type) => type.name)

/** The class, or undefined if there is none of that name. */
export const itemClass = (name: string) => itemClasses.find((one) => one.name === name)

/** The relationship type, or undefined if there is none of that name. */
export const relationshipType = (name: string) => relationshipTypes.find((one) => one.name === name)
