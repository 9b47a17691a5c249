import type { Page } from 'playwright-core'
import type { Furnished } from './furnished-stage.ts'

/** What is pressed, by its key, on the way to a question. */
export interface Step {
  role: Parameters<Page['getByRole']>[0]
  name: string | RegExp
  /** The last of those that are called so, not the first. */
  last?: boolean
}

/** A question over a page: a dialog, a sheet, the palette. */
export interface Question {
  /** The component in which it stands, below dashboard/src; named as often as it has dialogs. */
  in: string
  /** What it is called on the page. */
  name: string | RegExp
  path: (there: Furnished) => string
  /** The last of them asks. */
  steps: readonly Step[]
  /** Asked where only a phone asks it. */
  onPhone?: boolean
}

const of =
  (role: Step['role']) =>
  (name: Step['name']): Step => ({ role, name })
const [button, item, row, box] = [of('button'), of('menuitem'), of('row'), of('checkbox')]
const more = button('More actions')

/** A question, and what leads to it at a path, or at one of the furnished pages. */
const ask = (
  component: string,
  name: string | RegExp,
  at: string | ((there: Furnished) => string),
  ...steps: Step[]
): Question => ({ in: component, name, path: typeof at === 'string' ? () => at : at, steps })

const ofDeployments = [
  ask('features/deployment/DeploymentHeader.vue', /^Roll back DPL-/, ({ partial }) => partial, button(/^Roll back…/)),
  ask('features/deployment/EditDeployment.vue', /^Change DPL-/, ({ draft }) => draft, button(/^Change…/)),
  ask('features/deployment/HandOver.vue', /^Hand over DPL-/, ({ draft }) => draft, button('Hand over…')),
  ask('features/deployment/PinNote.vue', /^Pin a note to DPL-/, ({ draft }) => draft, button('Pin a note…')),
  ask('features/deployment/CareStrip.vue', /^Take over DPL-/, ({ partial }) => partial, button('Take over…')),
  ask('features/deployment/TargetActions.vue', /^Exclude /, ({ partial }) => partial, button('Exclude…')),
  ask(
    ...(['features/deployment/ChosenBar.vue', 'Leave 1 target out', ({ partial }: Furnished) => partial] as const),
    ...[button('Choose…'), item(/^All failed/), button('Exclude 1…')],
  ),
]

const ofReleases = [
  ask('features/release/PlansCard.vue', 'Title and plans', ({ planned }) => planned, button(/^Change…/)),
  ask('features/release/TargetsCard.vue', 'Add targets', ({ planned }) => planned, button('Add…')),
  ask('features/release/OtherItemsCard.vue', 'Add an item that it changes', ({ planned }) => planned, {
    ...button('Add…'),
    last: true,
  }),
  ask('features/task/TaskForm.vue', 'Add a task', ({ release }) => `${release}?tab=tasks`, button(/^Add a task/)),
  ask('features/task/EditTask.vue', 'Change the task', ({ task }) => task, button(/^Change…/)),
  ask('features/task/ContentsCard.vue', 'Refine source and targets', ({ task }) => task, button(/^Refine…/)),
  ask('features/task/CreateDeployments.vue', 'Create deployments', ({ task }) => task, button(/^Create deployments…/)),
  ask('features/task/DeployHere.vue', /^Deploy to /, '/releases/board', button(/^Deploy to /)),
]

const ofItems = [
  ask('features/item/ItemForm.vue', 'Record an item by hand', '/items', button(/^Record/)),
  ask('features/item/ItemsChange.vue', 'Change 1 item', '/items?search=rack', box(/rack-1/), button('Change…')),
  ask('features/item/ActualSheet.vue', 'rack-1', '/items?tab=actual', row(/rack-1/)),
  ask('features/item/WhyValue.vue', /^Why /, ({ item }) => item, button(/: why .* has this value$/)),
  ask('features/item/RelationForm.vue', /^Connect /, ({ item }) => item, button('Add…')),
  ask('features/item/RelationCard.vue', 'Take the relationship away', ({ item }) => item, button(/^Take /)),
  ask('live/ActionBar.vue', /^Decommission /, ({ item }) => item, button('Decommission…')),
  ask('features/history/RestoreDialog.vue', /^Restore /, ({ item }) => `${item}?tab=history`, button('Restore…')),
  ask(
    ...([
      'features/history/CompareDialog.vue',
      / at two times$/,
      ({ item }: Furnished) => `${item}?tab=history`,
    ] as const),
    ...[box(/^Choose the change of/), button('Compare with now')],
  ),
]

const ofCatalogue = [
  ask('features/catalogue/ClassForm.vue', /^Change /, '/classes', button('Change')),
  ask('features/catalogue/ClassCard.vue', /^Retire /, '/classes', button('Retire')),
  ask('features/catalogue/ClassCard.vue', /^Remove /, '/classes', button('Remove')),
  ask('features/catalogue/AttributeForm.vue', 'Add an attribute', '/classes', button('Add an attribute')),
  ask('features/catalogue/TypeForm.vue', 'Define a relationship type', '/classes?show=types', button('Define a type')),
  ask('features/catalogue/TypeCard.vue', /^Retire /, '/classes?show=types', button('Retire')),
]

const ofDiscovery = [
  ask('features/discovery/StartDiscovery.vue', 'Discover', '/discovery', button(/^Discover…/)),
  ask('features/discovery/IdmlBooks.vue', 'IdML books', '/discovery', button('IdML books…')),
  ask('features/product/ProductForm.vue', /^Change /, ({ hosts }) => hosts, more, item(/^Change/)),
  ask('features/product/HostKeys.vue', 'Trust web1 by this key', ({ hosts }) => hosts, button('Approve…')),
  ask('features/library/RepositoryForm.vue', /^Change /, ({ repository }) => repository, button(/^Change/)),
]

const ofReconciliation = [
  ask('features/reconciliation/PromoteBar.vue', /^Promote /, '/reconciliation', button(/^Promote everything…/)),
  ask('features/reconciliation/ScopeForm.vue', 'New promotion scope', '/reconciliation', button('New scope…')),
  ask('features/reconciliation/ScopesCard.vue', /^Remove /, '/reconciliation', button(/^Remove /)),
  ask('features/reconciliation/TaskForm.vue', 'A new task', '/reconciliation/tasks', button(/^New task/)),
  ask(
    'features/reconciliation/IgnoreByRule.vue',
    'Ignore it from now on',
    '/reconciliation?kind=MISMATCH',
    button('Ignore by rule…'),
  ),
  ask(
    ...(['features/reconciliation/BulkBar.vue', /1 result$/, '/reconciliation?kind=MISMATCH'] as const),
    ...[box(/^Choose the result about rack-2/), button('Take what is there…')],
  ),
  ask(
    ...(['features/reconciliation/LinkItem.vue', /^Say which item /, '/reconciliation?kind=UNEXPECTED'] as const),
    button('Link by hand…'),
  ),
  ask(
    'features/reconciliation/ComparedValues.vue',
    'rack-1',
    '/reconciliation?kind=MATCH',
    button('Both values of rack-1'),
  ),
  ask(
    ...(['features/reconciliation/UnplannedBar.vue', /^Say what it was/, '/reconciliation/changes'] as const),
    ...[box(/^Choose the change of/), button('Explain…')],
  ),
]

const ofAccounts = [
  ask('features/account/Invite.vue', 'Invite a person', '/account/people', button('Invite…')),
  ask('pages/account/people.vue', 'owner', '/account/people', row(/owner/)),
  ask(
    ...(['features/account/PersonSheet.vue', 'Disable owner', '/account/people'] as const),
    ...[row(/owner/), button('Disable the account…')],
  ),
  ask('features/account/NewToken.vue', 'New API token', '/account/tokens', button('New token…')),
  ask('pages/account/tokens.vue', /^Revoke /, '/account/tokens', button('Revoke…')),
  ask('pages/audit.vue', /./, '/audit', row(/Ada Admin/)),
]

const ofViews = [
  ask(
    'features/view/NameView.vue',
    'Save this view',
    '/deployments?show=all',
    button('Views'),
    item('Save this view…'),
  ),
  ask(
    ...(['features/view/OpensForOthers.vue', /^Open it for others/, '/deployments?show=trouble'] as const),
    ...[button(/^View: Trouble|^Views$/), item(/^Open it for others…/)],
  ),
  ask(
    ...(['features/view/SavedViews.vue', /^Remove the view/, '/deployments?show=trouble'] as const),
    ...[button(/^View: Trouble|^Views$/), item(/^Remove/)],
  ),
]

const ofShell: Question[] = [
  ask('components/CommandPalette.vue', 'Search or act', '/', button(/^Search or act/)),
  ask('features/news/NewsPanel.vue', 'Notifications', '/', button(/^Notifications/)),
  ask('features/shell/ShortcutSheet.vue', 'Keys', '/', button(/^Ada Admin/), item(/^Keys/)),
  { ...ask('features/shell/Shell.vue', 'All pages', '/', button('More')), onPhone: true },
]

/** Every question of the dashboard, where it is asked. */
export const questions: readonly Question[] = [
  ...ofDeployments,
  ...ofReleases,
  ...ofItems,
  ...ofCatalogue,
  ...ofDiscovery,
  ...ofReconciliation,
  ...ofAccounts,
  ...ofViews,
  ...ofShell,
]
