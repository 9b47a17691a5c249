import type { ApiClient } from '../../server/demo/client.ts'

/** Pages that everybody can open, also in an empty installation. */
export const lists = [
  '/',
  '/deployments',
  '/releases',
  '/releases/new',
  '/releases/board',
  '/tasks?show=all',
  '/items',
  '/classes',
  '/graph',
  '/graph?by=SITE&view=table',
  '/graph/path',
  '/graph/rings',
  '/graph/outside',
  '/difference',
  '/items?tab=actual',
  '/reconciliation',
  '/reconciliation/tasks',
  '/reconciliation/changes',
  '/reconciliation/changes?what=items',
  '/reconciliation/changes?what=relationships',
  '/products',
  '/discovery',
  '/discovery/questions',
  '/discovery/rules',
  '/library',
  '/library?show=packages',
  '/audit',
  '/account/people',
  '/account/tokens',
  '/wall',
  '/wall?boards=now,nothing&every=60',
  '/wall/setup',
  '/deployments?wall=1',
  '/no/such/page',
]

/** One page of each kind of thing in a full installation. `deployment` is the one to look at. */
export async function details(client: ApiClient, deployment: string): Promise<string[]> {
  const one = async (field: string, inner = 'id', args = '') => {
    const data = await client.query<Record<string, { nodes: { id: string }[] }>>(
      `{ ${field}(first: 1${args}) { nodes { ${inner} } } }`,
    )
    return data[field]!.nodes[0]!.id
  }
  const release = `/releases/${await one('releases')}`
  const id = await one('configurationItems', 'id', ', filter: { targetable: true }')
  const site = await one('configurationItems', 'id', ', filter: { classNames: ["Site"] }')
  const item = `/items/${id}`
  const inside = `/graph?by=CLASS&in=${id}`
  const now = new Date().toISOString()
  return [
    `/deployments/${deployment}`,
    `/deployments/${deployment}?view=table`,
    `/deployments/${deployment}?wall=1`,
    ...['log', 'findings', 'attempts', 'evidence', 'audit'].map((tab) => `/deployments/${deployment}?tab=${tab}`),
    release,
    ...['tasks', 'deployments', 'history'].map((tab) => `${release}?tab=${tab}`),
    `/tasks/${await one('tasks')}`,
    item,
    ...[
      'around',
      'around&steps=3&view=both',
      'impact',
      'impact&view=table',
      'impact&view=both',
      'deployments',
      'history',
    ].map((tab) => `${item}?tab=${tab}`),
    inside,
    `${inside}&item=${id}`,
    `${inside}&view=table`,
    `/graph/path?from=${id}&to=${site}`,
    `/graph/outside?of=${id},${site}`,
    ...[`${item}?tab=around&`, '/graph?', '/graph/rings?'].map((path) => `${path}at=${now}`),
    `/items?tab=actual&actual=${await one('actualItems')}`,
    `/products/${await one('managementProducts')}`,
    `/discovery/${await one('discoveryRuns')}`,
    `/library/${await one('repositories')}`,
    `/library/packages/${await one('packages')}`,
    `/account/people?person=${await one('accounts')}`,
    '/products?do=register',
    '/library?do=define',
    '/items?do=record',
  ]
}

/** Questions over a page: where, and the button that asks. */
export const dialogs = [
  ['/account/people', 'Invite…'],
  ['/account/tokens', 'New token…'],
  ['/discovery', 'Discover…'],
  ['/reconciliation', 'Promote everything…'],
  ['/', 'Search or act…'],
  // With how many are unread, if any are.
  ['/', /^Notifications/],
] as const
