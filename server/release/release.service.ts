import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { accountsByUuid } from '../account/account.fields.ts'
import { actorOf } from '../account/viewer.ts'
import { reaches } from '../kernel/authorize.ts'
import { checkedName, checkedText } from '../kernel/checked-text.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound, type Refusal } from '../kernel/errors.ts'
import { changed, expectVersion, move, type Because } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { nextNumber } from '../kernel/next-number.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { requireWholeReach } from '../kernel/whole-reach.ts'
import { ReleaseNotEditable } from './refusals.ts'
import { Release } from './release.entity.ts'
import type { ReleaseGate } from './release.gate.ts'
import type { ReleaseCreateInput, ReleaseUpdateInput } from './release.inputs.ts'
import { editableReleaseStates, releaseLifecycle, type ReleaseAction } from './release.lifecycle.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { listedItems } from './item-gate.ts'
import { addSources, addTargets, refreshScopes } from './release-contents.ts'

/** For the rule of `kernel/whole-reach.ts`. */
export const releaseTargetScopes = `select t.release_id as owner, i.scope_ids from ${listedItems} t join configuration_item i on i.uuid = t.item_id`

/** Creates a release in DRAFT, with its sources and targets if they are given. Refuses what cannot be a source or target. */
export async function createRelease(
  em: EntityManager,
  catalogue: Catalogue,
  input: ReleaseCreateInput,
  viewer: Viewer,
  gates: readonly ReleaseGate[],
): Promise<Release> {
  const reach = viewer.reach('release.edit')
  const release = Object.assign(new Release(), {
    ordinal: await nextNumber(em, 'release_number'),
    title: checkedName(input.title, 'title'),
    purpose: checkedText(input.purpose ?? '', 'purpose'),
    backOutPlan: checkedText(input.backOutPlan ?? '', 'backOutPlan'),
    verificationPlan: checkedText(input.verificationPlan ?? '', 'verificationPlan'),
    scheduledFor: input.scheduledFor ?? null,
    ownerId: input.ownerId == null ? actorOf(viewer) : await knownAccount(em, input.ownerId, 'ownerId'),
    ownScopeIds: reach === 'estate' ? [] : [...reach],
    scopeIds: reach === 'estate' ? [] : [...reach],
  })
  const because = { by: actorOf(viewer), reason: input.reason }
  await em.persist(release).flush()
  await addSources(em, release, input.sourceIds ?? [], ['sourceIds'])
  await addTargets(em, catalogue, release, input.targetIds ?? [], viewer, ['targetIds'])
  await refreshScopes(em, release)
  await changed(em, release, 'create', because, { to: release.state })
  await followers(em, release, gates, because)
  return release
}

/** Changes what is given; refuses once the release is under way. */
export async function updateRelease(
  em: EntityManager,
  input: ReleaseUpdateInput,
  viewer: Viewer,
  gates: readonly ReleaseGate[],
): Promise<Release> {
  const release = await releaseToEdit(em, input, viewer)
  const wanted: Partial<Release> = {}
  if (input.title != null) wanted.title = checkedName(input.title, 'title')
  for (const field of ['purpose', 'backOutPlan', 'verificationPlan'] as const) {
    const text = input[field]
    if (text != null) wanted[field] = checkedText(text, field)
  }
  if (input.scheduledFor !== undefined) wanted.scheduledFor = input.scheduledFor
  if (input.ownerId !== undefined)
    wanted.ownerId = input.ownerId === null ? null : await knownAccount(em, input.ownerId, 'ownerId')
  const changes = differences(release, wanted)
  if (Object.keys(changes).length === 0) return release
  Object.assign(release, wanted)
  return edited(em, release, 'update', { by: actorOf(viewer), reason: input.reason }, gates, changes)
}

/** Moves a release through its lifecycle; refuses with what is possible, or with what stands against it. */
export async function moveRelease(
  em: EntityManager,
  input: MoveInput,
  action: ReleaseAction,
  viewer: Viewer,
  gates: readonly ReleaseGate[],
): Promise<Release> {
  const release = await lockRelease(em, input.id, viewer, 'release.manage')
  expectVersion(release, input.expectedVersion)
  const because = { by: actorOf(viewer), reason: input.reason }
  if (releaseLifecycle.next(release.state, action)) {
    for (const gate of gates) refuseFirst((await gate.check?.(em, release, action)) ?? [])
  }
  await move(em, release, releaseLifecycle, action, because)
  await followers(em, release, gates, because)
  return release
}

/** The release that a mutation names, locked; refuses when the viewer does not see it or may not do this to it. */
export async function lockRelease(
  em: EntityManager,
  id: string,
  viewer: Viewer,
  permission: string,
  field: string[] = ['id'],
): Promise<Release> {
  const release = await em.findOne(
    Release,
    { uuid: uuidOf(id, 'rls', field) },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  if (!release || !reaches(viewer, 'release.read', release.scopeIds)) throw new NotFound('release', id, field)
  await requireWholeReach(em, viewer, permission, release, releaseTargetScopes)
  return release
}

/** `lockRelease` for what changes the release itself. */
export async function releaseToEdit(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<Release> {
  const release = await lockRelease(em, input.id, viewer, 'release.edit')
  expectVersion(release, input.expectedVersion)
  if (!editableReleaseStates.includes(release.state)) throw new ReleaseNotEditable(release)
  return release
}

/** Saves an edited release with history and event, and lets those above follow. */
export async function edited(
  em: EntityManager,
  release: Release,
  action: string,
  because: Because,
  gates: readonly ReleaseGate[],
  changes: Record<string, unknown>,
): Promise<Release> {
  release.updatedAt = new Date()
  release.revision += 1
  await changed(em, release, action, because, { changes })
  await followers(em, release, gates, because)
  return release
}

async function followers(em: EntityManager, release: Release, gates: readonly ReleaseGate[], because: Because) {
  for (const gate of gates) await gate.follow?.(em, release, because)
}

function refuseFirst(refusals: Refusal[]): void {
  if (refusals[0]) throw refusals[0]
}

/** The UUID of an account that can take work on. */
export async function knownAccount(em: EntityManager, id: string, field: string): Promise<string> {
  const uuid = uuidOf(id, 'acc', [field])
  const account = (await accountsByUuid(em, [uuid])).get(uuid)
  if (!account) throw new NotFound('account', id, [field])
  if (account.state !== 'DISABLED') return uuid
  throw new BadInput(`${account.name} is disabled and cannot take on work.`, {
    field: [field],
    itemId: id,
    rule: 'owner',
  })
}

function differences(release: Release, wanted: Partial<Release>): Record<string, unknown> {
  const different = (key: keyof Release) => String(release[key]) !== String(wanted[key])
  const keys = (Object.keys(wanted) as (keyof Release)[]).filter(different)
  return Object.fromEntries(keys.map((key) => [key, { from: release[key], to: wanted[key] }]))
}
