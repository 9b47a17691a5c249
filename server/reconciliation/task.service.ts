import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { requireEstate } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, expectVersion } from '../kernel/move.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { becauseOf, itemsByUuid } from '../item/item.service.ts'
import { ReconciliationTask, type LinkRule } from './reconciliation-task.entity.ts'
import { scheduleTask } from './schedule.ts'
import type { ReconciliationTaskSaveInput } from './task.inputs.ts'

const MOST_RULES = 10
const MOST_MINUTES = 44_640

/** Makes a task or changes one; it takes effect with the next run. */
export async function saveTask(
  em: EntityManager,
  services: Pick<Services, 'jobs' | 'catalogue'>,
  input: ReconciliationTaskSaveInput,
  viewer: Viewer,
): Promise<ReconciliationTask> {
  requireEstate(viewer, 'reconciliation.run')
  const task = input.id ? await lockTask(em, input.id) : new ReconciliationTask()
  if (input.id) expectVersion(task, input.expectedVersion)
  const name = input.name.trim()
  if (name.length < 1 || name.length > 100) throw refusal('A name has 1 to 100 characters.', 'name')
  await refuseTwin(em, name, task.uuid)
  const catalogue = services.catalogue.now
  checkClasses(catalogue, input.classNames ?? [])
  checkAttributes(catalogue, [...(input.attributes ?? []), ...(input.ignoredAttributes ?? [])], 'attributes')
  checkLinkRules(catalogue, input.linkRules)
  within('depth', input.depth ?? 1, 0, 8)
  if (input.everyMinutes != null) within('everyMinutes', input.everyMinutes, 1, MOST_MINUTES)
  const everyMinutes = input.everyMinutes ?? null
  Object.assign(task, {
    name,
    active: input.active ?? true,
    classNames: input.classNames ?? [],
    siteId: await siteOf(em, input.siteId, viewer),
    linkRules: input.linkRules.map(({ by, attribute, strength }) => ({ by, attribute: attribute ?? null, strength })),
    attributes: input.attributes ?? [],
    ignoredAttributes: input.ignoredAttributes ?? [],
    depth: input.depth ?? 1,
    caseSensitive: input.caseSensitive ?? true,
    everyMinutes,
    nextAt: everyMinutes === null ? null : new Date(Date.now() + everyMinutes * 60_000),
  })
  await changed(em, task, input.id ? 'update' : 'create', becauseOf(viewer, input.reason))
  await scheduleTask(em, services, task)
  return task
}

async function lockTask(em: EntityManager, id: string): Promise<ReconciliationTask> {
  const uuid = uuidOf(id, 'rct')
  const task = await em.findOne(ReconciliationTask, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!task) throw new NotFound('reconciliation task', id)
  return task
}

async function siteOf(em: EntityManager, id: string | null | undefined, viewer: Viewer): Promise<string | null> {
  if (!id) return null
  const [site] = await itemsByUuid(em, [uuidOf(id, 'ci', ['siteId'])], viewer)
  if (!site) throw new NotFound('configuration item', id, ['siteId'])
  return site.uuid
}

async function refuseTwin(em: EntityManager, name: string, uuid: string): Promise<void> {
  const twin = await row(em, 'select uuid from reconciliation_task where lower(name) = lower($1) and uuid <> $2', [
    name,
    uuid,
  ])
  if (twin) throw refusal(`There is already a task called ${name}.`, 'name', 'no twins')
}

function checkClasses(catalogue: Catalogue, names: readonly string[]): void {
  const unknown = names.find((name) => !catalogue.class(name))
  if (unknown === undefined) return
  throw refusal(`There is no item class "${unknown}".`, 'classNames', 'item class')
}

function checkAttributes(catalogue: Catalogue, names: readonly string[], field: string): void {
  const known = new Set(catalogue.classes.flatMap(({ attributes }) => attributes.map(({ name }) => name)))
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return
  throw refusal(`No class has an attribute "${unknown}".`, field, 'attribute of a class')
}

function checkLinkRules(catalogue: Catalogue, rules: readonly LinkRule[]): void {
  if (rules.length > MOST_RULES) throw refusal(`A task has at most ${MOST_RULES} link rules.`, 'linkRules')
  for (const { by, attribute } of rules) {
    if (by !== 'ATTRIBUTE') continue
    if (!attribute) throw refusal('A link rule by ATTRIBUTE names the attribute.', 'linkRules', 'link rule')
    checkAttributes(catalogue, [attribute], 'linkRules')
  }
}

function within(field: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return
  throw refusal(`${field} is from ${least} to ${most}; ${value} was given.`, field)
}

const refusal = (message: string, field: string, rule?: string) => new BadInput(message, { field: [field], rule })
