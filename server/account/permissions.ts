/**
 * The one table of who may do what. Permissions are what resolvers ask for; roles are what people are given, within a
 * scope. To add a role: one entry of `roles`, and its row in test/unit/permissions.test.ts.
 */
import { registerEnumType } from 'type-graphql'

/** Every permission, with what it allows. */
export const permissions = {
  'estate.read':
    'See configuration items, actual items, relationships, management products and reconciliation results.',
  'item.edit': 'Create and change configuration items and their relationships.',
  'catalogue.manage': 'Define classes, attributes, relationship types and their rules; say which states are protected.',
  'item.promote': 'Promote actual items to authorized ones and resolve differences.',
  'product.manage': 'Register, change and retire management products.',
  'discovery.run': 'Start and cancel discovery runs, and apply or discard what they found where it awaits a review.',
  'identity.manage': 'Edit the rules of identity and answer what discovery could not decide.',
  'reconciliation.run': 'Start reconciliation runs and define promotion scopes.',
  'library.read': 'See repositories, packages and their versions.',
  'library.manage': 'Define, scan and retire repositories; withdraw package versions.',
  'release.read': 'See releases and their tasks.',
  'release.edit': 'Create and change releases: what, where, plans.',
  'release.manage': 'Plan, start, complete, close and cancel releases.',
  'release.approve': 'Approve or reject releases that others prepared.',
  'task.edit': 'Create and change tasks of a release.',
  'task.work': 'Start, complete and cancel tasks.',
  'deployment.read': 'See deployments, their targets, logs, findings and evidence.',
  'deployment.create': 'Create deployments and change drafts.',
  'deployment.validate': 'Have a deployment checked.',
  'deployment.approve': 'Approve or reject what others planned.',
  'deployment.start': 'Start a deployment.',
  'deployment.control':
    'Pause, resume, cancel, retry and roll back deployments; resolve targets in doubt; hold and hand over deployments.',
  'manual.confirm': 'Say what was done by hand at a target.',
  'audit.read': 'Read the audit log and verify its chain.',
  'account.read': 'See accounts and their grants.',
  'account.manage': 'Invite and disable people; grant and revoke roles.',
  'token.own': 'Create and revoke API tokens of one’s own.',
  'view.own': 'Save views of lists under a name, share them, and use those that others share.',
  'system.read': 'See how the installation is doing.',
  'sample.open': 'Open the sample estate.',
} as const

export type Permission = keyof typeof permissions

export interface RoleEntry {
  title: string
  description: string
  permissions: readonly Permission[]
}

const READ = [
  'estate.read',
  'library.read',
  'release.read',
  'deployment.read',
  'system.read',
  'token.own',
  'view.own',
] as const satisfies Permission[]

/** Every role of release management. */
export const roles = {
  ADMIN: {
    title: 'Administrator',
    description: 'Runs the installation: people, rights, everything else. The first account is one.',
    permissions: Object.keys(permissions) as Permission[],
  },
  RELEASE_MANAGER: {
    title: 'Release manager',
    description: 'Answers for all releases of a scope: what goes when, in which order, and whether it goes at all.',
    permissions: [
      ...READ,
      'account.read',
      'audit.read',
      'release.edit',
      'release.manage',
      'task.edit',
      'task.work',
      'deployment.create',
      'deployment.validate',
      'deployment.control',
    ],
  },
  RELEASE_OWNER: {
    title: 'Release owner',
    description: 'Prepares releases and their tasks and sees them through; does not approve or start distribution.',
    permissions: [
      ...READ,
      'account.read',
      'release.edit',
      'release.manage',
      'task.edit',
      'task.work',
      'deployment.create',
      'deployment.validate',
    ],
  },
  TASK_OWNER: {
    title: 'Task owner',
    description: 'Works on tasks: prepares their deployments, has them checked, does by hand what no product does.',
    permissions: [...READ, 'task.work', 'deployment.create', 'deployment.validate', 'manual.confirm'],
  },
  DEPLOYER: {
    title: 'Deployer',
    description: 'Starts approved deployments and steers them while they run.',
    permissions: [
      ...READ,
      'task.work',
      'deployment.validate',
      'deployment.start',
      'deployment.control',
      'manual.confirm',
    ],
  },
  APPROVER: {
    title: 'Approver',
    description: 'Says yes or no to what others planned, on exactly what was checked.',
    permissions: [...READ, 'audit.read', 'release.approve', 'deployment.approve'],
  },
  CONFIGURATION_LIBRARIAN: {
    title: 'Configuration librarian',
    description: 'Keeps the record true: items, relationships, differences, repositories and their packages.',
    permissions: [
      ...READ,
      'audit.read',
      'item.edit',
      'catalogue.manage',
      'item.promote',
      'discovery.run',
      'identity.manage',
      'reconciliation.run',
      'library.manage',
    ],
  },
  INTEGRATOR: {
    title: 'Integrator',
    description: 'Connects management products and repositories; often a program with a token.',
    permissions: [...READ, 'product.manage', 'discovery.run', 'library.manage', 'sample.open'],
  },
  VIEWER: {
    title: 'Viewer',
    description: 'Sees the estate, releases and deployments of a scope; changes nothing.',
    permissions: READ,
  },
} as const satisfies Record<string, RoleEntry>

export type Role = keyof typeof roles

/** The GraphQL enum, made from the table. */
export const RoleEnum = Object.fromEntries(Object.keys(roles).map((role) => [role, role])) as Record<Role, Role>

registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What somebody is in release management; given within a scope.',
  valuesConfig: Object.fromEntries(Object.entries(roles).map(([role, { description }]) => [role, { description }])),
})

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissions, name)
}
