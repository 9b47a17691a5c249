import 'reflect-metadata'
import { describe, expect, test } from 'vitest'
import { permissions, roles, type Permission, type Role } from '../../server/account/permissions.ts'
import { makeViewer, rightsOf, systemViewer } from '../../server/account/viewer.ts'

const all = Object.keys(permissions) as Permission[]
const everybody: Permission[] = [
  'estate.read',
  'library.read',
  'release.read',
  'deployment.read',
  'system.read',
  'token.own',
  'view.own',
]

/** Who holds what, by permission, written out: a change of the table is a change here, on purpose. */
const HOLDERS: Record<Exclude<Permission, (typeof everybody)[number]>, Role[]> & Partial<Record<Permission, Role[]>> = {
  'item.edit': ['CONFIGURATION_LIBRARIAN'],
  'catalogue.manage': ['CONFIGURATION_LIBRARIAN'],
  'item.promote': ['CONFIGURATION_LIBRARIAN'],
  'product.manage': ['INTEGRATOR'],
  'discovery.run': ['CONFIGURATION_LIBRARIAN', 'INTEGRATOR'],
  'identity.manage': ['CONFIGURATION_LIBRARIAN'],
  'reconciliation.run': ['CONFIGURATION_LIBRARIAN'],
  'library.manage': ['CONFIGURATION_LIBRARIAN', 'INTEGRATOR'],
  'release.edit': ['RELEASE_MANAGER', 'RELEASE_OWNER'],
  'release.manage': ['RELEASE_MANAGER', 'RELEASE_OWNER'],
  'release.approve': ['APPROVER'],
  'task.edit': ['RELEASE_MANAGER', 'RELEASE_OWNER'],
  'task.work': ['RELEASE_MANAGER', 'RELEASE_OWNER', 'TASK_OWNER', 'DEPLOYER'],
  'deployment.create': ['RELEASE_MANAGER', 'RELEASE_OWNER', 'TASK_OWNER'],
  'deployment.validate': ['RELEASE_MANAGER', 'RELEASE_OWNER', 'TASK_OWNER', 'DEPLOYER'],
  'deployment.approve': ['APPROVER'],
  'deployment.start': ['DEPLOYER'],
  'deployment.control': ['RELEASE_MANAGER', 'DEPLOYER'],
  'manual.confirm': ['TASK_OWNER', 'DEPLOYER'],
  'audit.read': ['RELEASE_MANAGER', 'APPROVER', 'CONFIGURATION_LIBRARIAN'],
  'account.read': ['RELEASE_MANAGER', 'RELEASE_OWNER'],
  'account.manage': [],
  'sample.open': ['INTEGRATOR'],
}

describe.each(Object.keys(roles) as Role[])('%s', (role) => {
  test.each(all)('%s', (permission) => {
    const expected = role === 'ADMIN' || everybody.includes(permission) || (HOLDERS[permission] ?? []).includes(role)
    expect((roles[role].permissions as readonly string[]).includes(permission)).toBe(expected)
  })
})

test('every role and permission says what it is for', () => {
  for (const { title, description } of Object.values(roles))
    expect(`${title}: ${description}`).toMatch(/^[A-Z].{20,}\.$/)
  for (const text of Object.values(permissions)) expect(text).toMatch(/^[A-Z].{10,}\.$/)
})

describe('rights', () => {
  const reachOf = (rights: ReturnType<typeof rightsOf>, permission: string) => rights.get(permission) ?? []

  test('add up over grants, and the whole estate covers its parts', () => {
    const rights = rightsOf([
      { role: 'DEPLOYER', scopeId: 'b' },
      { role: 'DEPLOYER', scopeId: 'a' },
      { role: 'DEPLOYER', scopeId: 'a' },
      { role: 'VIEWER', scopeId: null },
    ])
    expect(reachOf(rights, 'deployment.start')).toEqual(['a', 'b'])
    expect(reachOf(rights, 'estate.read')).toBe('estate')
    expect(reachOf(rights, 'account.manage')).toEqual([])
  })

  test('of a token are no more than it names', () => {
    const rights = rightsOf([{ role: 'ADMIN', scopeId: null }], ['audit.read', 'unheard.of'])
    expect([...rights.keys()]).toEqual(['audit.read'])
  })

  test('of a role that this version does not know are none', () => {
    expect(rightsOf([{ role: 'SORCERER' as Role, scopeId: null }]).size).toBe(0)
  })

  test('have a key that is equal exactly when they are', () => {
    const key = (...scopes: (string | null)[]) =>
      makeViewer(
        { accountId: 'x', name: 'x', via: 'session' },
        rightsOf(scopes.map((scopeId) => ({ role: 'VIEWER', scopeId }))),
      ).scopeKey
    expect(key('a', 'b')).toBe(key('b', 'a'))
    expect(new Set([key('a'), key('b'), key(null), key('a', 'b')]).size).toBe(4)
  })

  test('of Waybill itself reach everything', () => {
    expect(all.every((permission) => systemViewer.reach(permission) === 'estate')).toBe(true)
  })
})
